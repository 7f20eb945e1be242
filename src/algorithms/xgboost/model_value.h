#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sagebrush::algorithms::xgboost {

// A document of a model file, JSON or UBJSON. Arrays of numbers and booleans are kept as one vector of doubles: models
// consist of them. Numbers written with a point or an exponent were rounded to float, XGBoost's type, when read.
class ModelValue {
 public:
  using Array = std::vector<ModelValue>;
  using Numbers = std::vector<double>;
  using Object = std::vector<std::pair<std::string, ModelValue>>;

  ModelValue() = default;
  explicit ModelValue(bool value) : value_(value ? 1.0 : 0.0) {}
  explicit ModelValue(double value) : value_(value) {}
  explicit ModelValue(std::string value) : value_(std::move(value)) {}
  explicit ModelValue(Array value) : value_(std::move(value)) {}
  explicit ModelValue(Numbers value) : value_(std::move(value)) {}
  explicit ModelValue(Object value) : value_(std::move(value)) {}

  bool IsNull() const { return std::holds_alternative<std::monostate>(value_); }
  bool IsNumber() const { return std::holds_alternative<double>(value_); }
  bool IsText() const { return std::holds_alternative<std::string>(value_); }
  bool IsObject() const { return std::holds_alternative<Object>(value_); }

  // The member at `path`, names separated by dots; nullptr: a step is missing.
  const ModelValue* Find(std::string_view path) const;
  // These throw Error(kUnreadableModel) that names `path` when it is missing or of another type.
  const ModelValue& At(std::string_view path) const;
  const std::string& Text(std::string_view path) const;
  const Numbers& NumbersAt(std::string_view path) const;
  const Array& ArrayAt(std::string_view path) const;
  // Numbers are often written as text ("5"). `fallback` when missing.
  std::int64_t IntegerAt(std::string_view path, std::int64_t fallback) const;

  double number() const { return std::get<double>(value_); }
  const std::string& text() const { return std::get<std::string>(value_); }
  const Object& object() const { return std::get<Object>(value_); }
  const Numbers* numbers() const { return std::get_if<Numbers>(&value_); }

 private:
  std::variant<std::monostate, double, std::string, Array, Numbers, Object> value_;
};

// Throw Error(kUnreadableModel) that names the offset. Nesting is limited, and what is read never takes more than a
// small multiple of the input's size.
ModelValue ParseModelJson(std::string_view text);
ModelValue ParseModelUbjson(std::string_view bytes);

}  // namespace sagebrush::algorithms::xgboost
