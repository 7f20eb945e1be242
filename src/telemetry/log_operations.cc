#include "telemetry/log_operations.h"

#include "base/arn.h"
#include "telemetry/log_handlers.h"

namespace sagebrush::telemetry {
namespace {

using Function = Json (*)(const LogsContext&, wire::Call&);

// What an operation acts on, as a policy's Resource names it.
enum class ActsOn { kGroups, kGroup, kStream, kTags };

std::string ResourceOf(const wire::Call& call, ActsOn acts_on) {
  if (acts_on == ActsOn::kTags && ::sagebrush::Find(call.input, "resourceArn") != nullptr) {
    return GetString(call.input, "resourceArn");
  }
  const std::string group = acts_on == ActsOn::kGroups ? "" : LogGroupNameOf(call.input);
  const std::string arn = LogGroupArn(call, group);
  if (acts_on == ActsOn::kTags) return arn;
  return arn + ":log-stream:" + (acts_on == ActsOn::kStream ? GetString(call.input, "logStreamName") : "");
}

}  // namespace

void AddLogsOperations(wire::OperationTable& table, LogStore& store, const Clock& clock) {
  const LogsContext context{store, clock};
  const auto add = [&](const std::string& name, Function function, ActsOn acts_on) {
    table.Add("logs", name,
              {.handler = [context, function](wire::Call& call) { return function(context, call); },
               .access =
                   [name, acts_on](const wire::Call& call) {
                     return std::vector<wire::Access>{{"logs:" + name, ResourceOf(call, acts_on), {}, nullptr}};
                   },
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
