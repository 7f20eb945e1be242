#include "telemetry/log_operations.h"

#include "telemetry/log_handlers.h"

namespace sagebrush::telemetry {
namespace {

using Function = Json (*)(const LogsContext&, wire::Call&);

// What an operation acts on, as a policy's Resource names it.
enum class ActsOn { kGroups, kGroup, kStream, kTags };

std::string ResourceOf(const wire::Call& call, ActsOn acts_on) {
  const std::string arn = LogGroupArn(call, acts_on == ActsOn::kGroups ? "" : LogGroupNameOf(call));
  if (acts_on == ActsOn::kTags) return arn;
  return arn + ":log-stream:" + (acts_on == ActsOn::kStream ? GetString(call.input, "logStreamName") : "");
}

// Condition keys of tags: those of the request, and those that the group has.
JsonObject TagFacts(const LogsContext& context, const wire::Call& call, ActsOn acts_on) {
  JsonObject facts;
  JsonArray keys;
  for (const char* member : {"tags", "tagKeys"}) {
    const Json* const given = Find(call.input, member);
    if (given != nullptr && given->is_object()) {
      for (const auto& tag : given->get_object()) {
        facts["aws:RequestTag/" + std::string(tag.key())] = tag.value();
        keys.emplace_back(tag.key());
      }
    } else if (given != nullptr && given->is_array()) {
      for (const Json& key : given->get_array()) keys.push_back(key);
    }
  }
  if (!keys.empty()) facts["aws:TagKeys"] = std::move(keys);
  if (acts_on == ActsOn::kGroups) return facts;
  const auto group = context.store.Find(call.account(), call.region, LogGroupNameOf(call));
  if (group == nullptr) return facts;
  for (const auto& [key, value] : group->Settings().tags) facts["aws:ResourceTag/" + key] = value;
  return facts;
}

// Tags on creation need the right to tag.
std::vector<wire::Access> AccessesOf(const LogsContext& context, const std::string& name, ActsOn acts_on,
                                     const wire::Call& call) {
  const JsonObject facts = TagFacts(context, call, acts_on);
  std::vector<wire::Access> accesses{{"logs:" + name, ResourceOf(call, acts_on), facts, nullptr}};
  if (name == "CreateLogGroup" && facts.contains("aws:TagKeys")) {
    accesses.push_back({"logs:TagResource", ResourceOf(call, ActsOn::kTags), facts, nullptr});
  }
  return accesses;
}

}  // namespace

void AddLogsOperations(wire::OperationTable& table, LogStore& store, const Clock& clock) {
  const LogsContext context{store, clock};
  const auto add = [&](const std::string& name, Function function, ActsOn acts_on) {
    table.Add("logs", name,
              {.handler = [context, function](wire::Call& call) { return function(context, call); },
               .access = [context, name,
                          acts_on](const wire::Call& call) { return AccessesOf(context, name, acts_on, call); },
               .runs_on = wire::RunsOn::kPool});
  };
  add("CreateLogGroup", CreateLogGroup, ActsOn::kGroup);
  add("DeleteLogGroup", DeleteLogGroup, ActsOn::kGroup);
  add("DescribeLogGroups", DescribeLogGroups, ActsOn::kGroups);
  add("PutRetentionPolicy", PutRetentionPolicy, ActsOn::kGroup);
  add("DeleteRetentionPolicy", DeleteRetentionPolicy, ActsOn::kGroup);
  add("CreateLogStream", CreateLogStream, ActsOn::kStream);
  add("DeleteLogStream", DeleteLogStream, ActsOn::kStream);
  add("DescribeLogStreams", DescribeLogStreams, ActsOn::kGroup);
  add("PutLogEvents", PutLogEvents, ActsOn::kStream);
  add("GetLogEvents", GetLogEvents, ActsOn::kStream);
  add("FilterLogEvents", FilterLogEvents, ActsOn::kGroup);
  add("TagResource", TagLogGroup, ActsOn::kTags);
  add("UntagResource", UntagLogGroup, ActsOn::kTags);
  add("ListTagsForResource", ListTagsLogGroup, ActsOn::kTags);
  add("TagLogGroup", TagLogGroup, ActsOn::kTags);
  add("UntagLogGroup", UntagLogGroup, ActsOn::kTags);
  add("ListTagsLogGroup", ListTagsLogGroup, ActsOn::kTags);
}

}  // namespace sagebrush::telemetry
