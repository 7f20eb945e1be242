#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "telemetry/log_store.h"
#include "wire/call.h"

namespace sagebrush::telemetry {

// What every handler of the logs service needs.
struct LogsContext {
  LogStore& store;
  const Clock& clock;
};

// The group that the call is for: `logGroupName`, `logGroupIdentifier` (a name or an ARN) or `resourceArn`. What the
// caller must be allowed is asked for this name, and the work is done on it.
// Throws InvalidParameterException when none or several are given, ResourceNotFoundException for others' ARNs.
std::string LogGroupNameOf(const wire::Call& call);
// Throw ResourceNotFoundException.
std::shared_ptr<LogGroup> FindLogGroup(const LogsContext& context, const wire::Call& call);
std::shared_ptr<LogStream> FindLogStream(const LogGroup& group, const std::string& name);
// arn:aws:logs:REGION:ACCOUNT:log-group:NAME
std::string LogGroupArn(const wire::Call& call, const std::string& group);
// The place from which to go on, sealed in a nextToken; throws InvalidParameterException when it is none.
std::string SealLogsToken(const Json& position);
Json OpenLogsToken(const std::string& token);

Json CreateLogGroup(const LogsContext& context, wire::Call& call);
Json DeleteLogGroup(const LogsContext& context, wire::Call& call);
Json DescribeLogGroups(const LogsContext& context, wire::Call& call);
Json PutRetentionPolicy(const LogsContext& context, wire::Call& call);
Json DeleteRetentionPolicy(const LogsContext& context, wire::Call& call);
Json TagLogGroup(const LogsContext& context, wire::Call& call);
Json UntagLogGroup(const LogsContext& context, wire::Call& call);
Json ListTagsLogGroup(const LogsContext& context, wire::Call& call);

Json CreateLogStream(const LogsContext& context, wire::Call& call);
Json DeleteLogStream(const LogsContext& context, wire::Call& call);
Json DescribeLogStreams(const LogsContext& context, wire::Call& call);

Json PutLogEvents(const LogsContext& context, wire::Call& call);
Json GetLogEvents(const LogsContext& context, wire::Call& call);
Json FilterLogEvents(const LogsContext& context, wire::Call& call);

}  // namespace sagebrush::telemetry
