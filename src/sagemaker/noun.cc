#include "sagemaker/noun.h"

#include "base/arn.h"
#include "base/encoding.h"
#include "base/text.h"
#include "sagemaker/naming.h"

namespace sagebrush::sagemaker {

Noun::Noun(const std::string& given)
    : name(given),
      kind(KindOf(given)),
      arn_member(given + "Arn"),
      key_members{given + "Name"},
      name_member(given + "Name"),
      create_operation("Create" + given),
      describe_operation("Describe" + given),
      list_operation("List" + PluralOf(given)),
      delete_operation("Delete" + given) {}

store::Key KeyOf(const Noun& noun, const std::string& account, const std::string& region, std::string_view name) {
  return {noun.kind, account, region, Lower(name)};
}

store::Key KeyNamed(const Noun& noun, const wire::Call& call, std::string_view text) {
  if (!text.starts_with("arn:")) return KeyOf(noun, call.account(), call.region, text);
  const auto arn = Arn::Parse(text);
  const std::string prefix = noun.kind + "/";
  if (!arn || arn->service != "sagemaker" || !arn->resource.starts_with(prefix)) {
    throw Error(kValidation, fmt::format("{} is not the ARN of a {}.", text, noun.name));
  }
  const store::Key key = KeyOf(noun, call.account(), call.region, arn->resource.substr(prefix.size()));
  if (arn->account == key.account && arn->region == key.region) return key;
  throw Error(kValidation, fmt::format("{} is not of account {} in region {}.", text, key.account, key.region));
}

store::Key KeyIn(const Context& context, const Noun& noun, const wire::Call& call) {
  if (noun.find_name) return KeyOf(noun, call.account(), call.region, noun.find_name(context, call));
  std::string name;
  for (const std::string& member : noun.key_members) {
    const std::string part = GetString(call.input, member);
    if (noun.key_members.size() == 1) return KeyNamed(noun, call, part);
    name += (name.empty() ? "" : "/") + part;
  }
  return KeyOf(noun, call.account(), call.region, name);
}

std::string ArnOf(const Noun& noun, const store::Key& key) {
  return Arn{
      .service = "sagemaker", .region = key.region, .account = key.account, .resource = noun.kind + "/" + key.name}
      .ToString();
}

std::string ArnOf(const Noun& noun, const wire::Call& call, std::string_view name) {
  return ArnOf(noun, KeyOf(noun, call.account(), call.region, name));
}

std::string NameOf(const Noun& noun, const store::Resource& resource) {
  return noun.name_member.empty() ? resource.key.name : GetString(resource.spec, noun.name_member, resource.key.name);
}

Error ErrorFor(const NounError& error, const Noun& noun, const store::Key& key, const std::string& name) {
  return Error(error.kind, Replaced(Replaced(error.message, "{arn}", ArnOf(noun, key)), "{name}", name));
}

Error MissingError(const Noun& noun, const store::Key& key) { return ErrorFor(noun.missing, noun, key, key.name); }

std::shared_ptr<const store::Resource> Require(const Context& context, const Noun& noun, const store::Key& key) {
  auto resource = context.store.Get(key);
  if (resource == nullptr) throw MissingError(noun, key);
  return resource;
}

store::Resource Rewrite(const Context& context, const Noun& noun, const store::Key& key,
                        const std::function<void(store::Resource&)>& change) {
  return RewriteWith(context, noun, key, [&](store::Resource& resource, Alongside&) { change(resource); });
}

store::Resource RewriteWith(const Context& context, const Noun& noun, const store::Key& key,
                            const std::function<void(store::Resource&, Alongside&)>& change) {
  for (Tries tries;; tries.Again()) {
    store::Resource copy = *Require(context, noun, key);
    Alongside also;
    change(copy, also);
    copy.modified = context.clock.Now();
    std::vector<store::Write> writes{store::Write::Update(copy)};
    writes.insert(writes.end(), also.writes().begin(), also.writes().end());
    if (!context.store.Commit(writes)) return copy;
  }
}

}  // namespace sagebrush::sagemaker
