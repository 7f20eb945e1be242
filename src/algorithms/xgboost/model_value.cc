#include "algorithms/xgboost/model_value.h"

#include <charconv>

#include "algorithms/xgboost/booster_model.h"

namespace sagebrush::algorithms::xgboost {
namespace {

[[noreturn]] void ThrowMissing(std::string_view path, std::string_view what) {
  throw Error(kUnreadableModel, fmt::format("The model file has no {} at \"{}\". It is damaged or was written by a "
                                            "version of XGBoost that is not known; save it again as JSON or UBJSON.",
                                            what, path));
}

}  // namespace

const ModelValue* ModelValue::Find(std::string_view path) const {
  const ModelValue* at = this;
  while (!path.empty()) {
    const auto* object = std::get_if<Object>(&at->value_);
    if (object == nullptr) return nullptr;
    const std::string_view name = path.substr(0, path.find('.'));
    path = name.size() == path.size() ? std::string_view() : path.substr(name.size() + 1);
    const auto found = std::find_if(object->begin(), object->end(), [&](const auto& m) { return m.first == name; });
    if (found == object->end()) return nullptr;
    at = &found->second;
  }
  return at;
}

const ModelValue& ModelValue::At(std::string_view path) const {
  const ModelValue* found = Find(path);
  if (found == nullptr) ThrowMissing(path, "member");
  return *found;
}

const std::string& ModelValue::Text(std::string_view path) const {
  const ModelValue& found = At(path);
  if (!found.IsText()) ThrowMissing(path, "text");
  return found.text();
}

const ModelValue::Numbers& ModelValue::NumbersAt(std::string_view path) const {
  static const Numbers kEmpty;
  const ModelValue& found = At(path);
  if (const Numbers* numbers = found.numbers()) return *numbers;
  if (const auto* array = std::get_if<Array>(&found.value_); array != nullptr && array->empty()) return kEmpty;
  ThrowMissing(path, "array of numbers");
}

const ModelValue::Array& ModelValue::ArrayAt(std::string_view path) const {
  const ModelValue& found = At(path);
  static const Array kEmpty;
  if (const auto* array = std::get_if<Array>(&found.value_)) return *array;
  if (const Numbers* numbers = found.numbers(); numbers != nullptr && numbers->empty()) return kEmpty;
  ThrowMissing(path, "array");
}

std::int64_t ModelValue::IntegerAt(std::string_view path, std::int64_t fallback) const {
  const ModelValue* found = Find(path);
  if (found == nullptr || found->IsNull()) return fallback;
  if (found->IsNumber()) {
    if (!(std::abs(found->number()) < 9e15)) ThrowMissing(path, "integer");
    return static_cast<std::int64_t>(found->number());
  }
  if (!found->IsText()) ThrowMissing(path, "integer");
  const std::string& text = found->text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) ThrowMissing(path, "integer");
  return value;
}

}  // namespace sagebrush::algorithms::xgboost
