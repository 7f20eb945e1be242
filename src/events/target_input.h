#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "events/json_path.h"
#include "store/store.h"

namespace sagebrush::events {

// What a target gets of an event: all of it, or what its Input, InputPath or InputTransformer says.
class TargetInput {
 public:
  // `target` is an entry of PutTargets. Throws Error(kValidation) that names the target and what is wrong.
  explicit TargetInput(const Json& target);

  // `rule` is where the event comes from, `arrived` when it was taken in.
  Json Of(const Json& event, const store::Key& rule, Time arrived) const;

 private:
  // The value that a placeholder stands for; nullopt: the event has none.
  using Value = std::function<std::optional<Json>(const std::string& name)>;

  void ReadTransformer(const Json& transformer);
  bool IsPlaceholder(std::string_view name) const;
  std::string Fill(const Value& value) const;

  std::optional<Json> constant_;
  std::optional<JsonPath> path_;
  std::optional<std::string> template_;
  std::map<std::string, JsonPath, std::less<>> variables_;
};

}  // namespace sagebrush::events
