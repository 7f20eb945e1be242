#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagebrush::algorithms::xgboost {

// What a Python pickle describes, without running any of it: classes are names, objects are their class, constructor
// arguments and state. Only bytearray and _codecs.encode are evaluated, as bytes are written through them.
struct PickleValue {
  enum class Kind { kNone, kInteger, kFloat, kBytes, kText, kSequence, kDictionary, kClass, kObject, kMark };
  Kind kind = Kind::kNone;
  std::int64_t integer = 0;  // Booleans too; 0 when it does not fit.
  double real = 0;
  std::string text;                 // kBytes, kText (UTF-8); kClass: "module.name".
  std::vector<PickleValue*> items;  // kSequence; kDictionary: key, value, key, value; kObject: constructor arguments.
  PickleValue* type = nullptr;      // kObject.
  PickleValue* state = nullptr;     // kObject.

  // The value of a dictionary's text key; nullptr: none.
  const PickleValue* Find(std::string_view key) const;
};

// Reads protocols 0 to 5. Throws Error(kUnreadableModel) on what is no pickle or refers to data outside of it.
class Pickle {
 public:
  explicit Pickle(std::string_view bytes);

  const PickleValue& root() const { return *root_; }
  const std::deque<PickleValue>& values() const { return values_; }  // Everything in it, in order.

 private:
  friend class PickleReader;
  std::deque<PickleValue> values_;
  PickleValue* root_ = nullptr;
};

}  // namespace sagebrush::algorithms::xgboost
