#include "parameters/parameter_operations.h"

#include <array>

#include "parameters/parameter_handlers.h"
#include "wire/model.h"

namespace sagebrush::parameters {
namespace {

using Function = Json (*)(const ParametersContext&, wire::Call&);

struct Row {
  const char* name;
  Function function;
  const char* names;  // The member that names parameters, or a path of them; nullptr: it acts on all.
};

constexpr Row kRows[] = {
    {"PutParameter", PutParameter, "Name"},
    {"GetParameter", GetParameter, "Name"},
    {"GetParameters", GetParameters, "Names"},
    {"GetParametersByPath", GetParametersByPath, "Path"},
    {"GetParameterHistory", GetParameterHistory, "Name"},
    {"DescribeParameters", DescribeParameters, nullptr},
    {"DeleteParameter", DeleteParameter, "Name"},
    {"DeleteParameters", DeleteParameters, "Names"},
    {"LabelParameterVersion", LabelParameterVersion, "Name"},
    {"UnlabelParameterVersion", UnlabelParameterVersion, "Name"},
    {"AddTagsToResource", AddTagsToResource, "ResourceId"},
    {"RemoveTagsFromResource", RemoveTagsFromResource, "ResourceId"},
    {"ListTagsForResource", ListTagsForResource, "ResourceId"},
};

JsonObject RequestFacts(const wire::Call& call) {
  JsonObject facts;
  const bool puts = call.operation.name == "PutParameter";
  if (puts) facts["ssm:Overwrite"] = GetBool(call.input, "Overwrite") ? "true" : "false";
  if (const Json* const policies = Find(call.input, "Policies"); puts && policies != nullptr)
    facts["ssm:Policies"] = *policies;
  if (call.operation.name == "GetParametersByPath")
    facts["ssm:Recursive"] = GetBool(call.input, "Recursive") ? "true" : "false";
  JsonArray keys;
  if (const Json* const tags = Find(call.input, "Tags")) {
    for (const Json& tag : tags->as_array()) {
      facts["aws:RequestTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
      keys.emplace_back(GetString(tag, "Key"));
    }
  }
  if (const Json* const removed = Find(call.input, "TagKeys")) keys = removed->as_array();
  if (!keys.empty()) facts["aws:TagKeys"] = std::move(keys);
  return facts;
}

wire::Access AccessTo(const ParametersContext& context, const wire::Call& call, std::string_view text,
                      const std::string& action) {
  JsonObject facts = RequestFacts(call);
  std::string name = ReadName(text).name;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();  // A path.
  const auto parameter = FindParameter(context, call, name);
  if (parameter != nullptr) {
    for (const Json& tag : parameter->spec.at("Tags").as_array()) {
      for (const char* family : {"aws:ResourceTag/", "ssm:resourceTag/"})
        facts[family + GetString(tag, "Key")] = GetString(tag, "Value");
    }
  }
  return {action, ArnOf(ParameterKey(call.account(), call.region, name)), std::move(facts), nullptr};
}

std::vector<wire::Access> AccessesOf(const ParametersContext& context, const char* member, const wire::Call& call) {
  const std::string action = "ssm:" + std::string(call.operation.name);
  if (member == nullptr) return {{action, "*", RequestFacts(call), nullptr}};
  const Json* const names = Find(call.input, member);
  std::vector<wire::Access> accesses;
  if (names != nullptr && names->is_array()) {
    for (const Json& name : names->as_array())
      accesses.push_back(AccessTo(context, call, std::string_view(name.as_string()), action));
  } else {
    accesses.push_back(AccessTo(context, call, GetString(call.input, member), action));
  }
  // With tags of its own a new parameter needs the right to tag, too.
  if (call.operation.name == "PutParameter" && Find(call.input, "Tags") != nullptr)
    accesses.push_back(AccessTo(context, call, GetString(call.input, member), "ssm:AddTagsToResource"));
  return accesses;
}

}  // namespace

void AddParameterOperations(wire::OperationTable& table, const ParametersContext& context) {
  for (const auto& [name, function, names] : kRows) {
    table.Add("ssm", name,
              {.handler = [context, function](wire::Call& call) { return function(context, call); },
               .access = [context, names](const wire::Call& call) { return AccessesOf(context, names, call); }});
  }
}

std::span<const std::string_view> ParameterKeys() {
  static constexpr std::array<std::string_view, 4> kKeys{"ssm:Overwrite", "ssm:Policies", "ssm:Recursive",
                                                         "ssm:resourceTag/"};
  return kKeys;
}

}  // namespace sagebrush::parameters
