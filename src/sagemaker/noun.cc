#include "sagemaker/noun.h"

#include "base/arn.h"
#include "base/encoding.h"

namespace sagebrush::sagemaker {

store::Key KeyOf(const Noun& noun, const std::string& account, const std::string& region, std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return {noun.kind, account, region, lower};
}

store::Key KeyIn(const Noun& noun, const wire::Call& call) {
  return KeyOf(noun, call.account(), call.region, GetString(call.input, noun.name_member));
}

std::string ArnOf(const Noun& noun, const store::Key& key) {
  return Arn{
      .service = "sagemaker", .region = key.region, .account = key.account, .resource = noun.kind + "/" + key.name}
      .ToString();
}

std::string ArnOf(const Noun& noun, const wire::Call& call, std::string_view name) {
  return ArnOf(noun, KeyOf(noun, call.account(), call.region, name));
}

Error MissingError(const Noun& noun, const store::Key& key) {
  const std::string with_arn = Replaced(noun.missing.message, "{arn}", ArnOf(noun, key));
  return Error(noun.missing.kind, Replaced(with_arn, "{name}", key.name));
}

std::shared_ptr<const store::Resource> Require(const Context& context, const Noun& noun, const wire::Call& call) {
  const store::Key key = KeyIn(noun, call);
  auto resource = context.store.Get(key);
  if (resource == nullptr) throw MissingError(noun, key);
  return resource;
}

store::Resource Change(const Context& context, const Noun& noun, const store::Key& key,
                       const std::function<void(store::Resource&)>& change) {
  for (;;) {
    const auto stored = context.store.Get(key);
    if (stored == nullptr) throw MissingError(noun, key);
    store::Resource copy = *stored;
    change(copy);
    copy.modified = context.clock.Now();
    if (context.store.Update(copy)) return copy;
  }
}

}  // namespace sagebrush::sagemaker
