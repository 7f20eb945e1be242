#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/arn.h"
#include "base/encoding.h"
#include "telemetry/log_errors.h"
#include "telemetry/log_handlers.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::size_t kPageMax = 50;
constexpr std::size_t kTagsMax = 50;
constexpr std::array<std::int64_t, 22> kRetentionDays{1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                                      365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

Json Describe(const wire::Call& call, const LogGroup& group) {
  const LogGroupSettings settings = group.Settings();
  const std::string arn = LogGroupArn(call, settings.name);
  JsonObject description{{"logGroupName", settings.name},
                         {"creationTime", settings.created.milliseconds},
                         {"metricFilterCount", 0},
                         {"arn", arn + ":*"},
                         {"storedBytes", group.StoredBytes()},
                         {"logGroupClass", settings.log_class},
                         {"logGroupArn", arn}};
  if (settings.retention_days) description["retentionInDays"] = *settings.retention_days;
  return description;
}

std::map<std::string, std::string> TagsOf(const Json& input) {
  std::map<std::string, std::string> tags;
  if (const Json* given = Find(input, "tags")) {
    for (const auto& [name, value] : given->as_object()) tags[name] = std::string(value.as_string());
  }
  return tags;
}

void CheckTagCount(const std::map<std::string, std::string>& tags) {
  if (tags.size() > kTagsMax) {
    throw Error(kLogsTooManyTags,
                fmt::format("A log group can have at most {} tags; this would make {}.", kTagsMax, tags.size()));
  }
}

// Whether it has the form of one that SealLogsToken may have got. Anybody can write a token, so this says no more.
bool IsPosition(const Json& position) {
  if (!position.is_object()) return false;
  return std::ranges::all_of(position.get_object(), [](const auto& member) {
    const auto& [name, value] = member;
    if (name == "Time") return value.is_int64();
    if (name == "Offset") return value.is_int64() && value.get_int64() >= 0;
    return value.is_string();
  });
}

// The name in the ARN of a log group, which is taken only as this server writes it, byte for byte, or with ":*" behind.
// Another account's or region's groups are not here; what is no such ARN is an error of the client.
std::string NameInArn(const wire::Call& call, const std::string& text) {
  constexpr std::string_view kPrefix = "log-group:";
  const auto arn = Arn::Parse(text);
  if (!arn || arn->service != "logs" || !arn->resource.starts_with(kPrefix)) {
    throw Error(kLogsInvalidParameter, fmt::format("The resource ARN '{}' is not the ARN of a log group.", text));
  }
  std::string name = arn->resource.substr(kPrefix.size());
  const std::string_view suffix = name.ends_with(":*") ? ":*" : "";
  name.resize(name.size() - suffix.size());
  if (LogGroupArn(call, name) + std::string(suffix) == text) return name;
  if (arn->account != call.account() || arn->region != call.region) {
    throw Error(kLogsNotFound, "The specified resource does not exist.");
  }
  throw Error(kLogsInvalidParameter, fmt::format("The resource ARN '{}' is not the ARN of a log group.", text));
}

std::string NameOfIdentifier(const wire::Call& call, const std::string& identifier) {
  return identifier.starts_with("arn:") ? NameInArn(call, identifier) : identifier;
}

std::shared_ptr<LogGroup> TaggedGroup(const LogsContext& context, const wire::Call& call) {
  auto group = context.store.Find(call.account(), call.region, LogGroupNameOf(call));
  if (group == nullptr) throw Error(kLogsNotFound, "The specified resource does not exist.");
  return group;
}

// Names and ARNs in `logGroupIdentifiers`, as names; empty: not given.
std::vector<std::string> WantedNames(const wire::Call& call) {
  std::vector<std::string> names;
  if (const Json* identifiers = Find(call.input, "logGroupIdentifiers")) {
    for (const Json& identifier : identifiers->as_array()) {
      names.push_back(NameOfIdentifier(call, std::string(identifier.as_string())));
    }
  }
  return names;
}

}  // namespace

std::string LogGroupNameOf(const wire::Call& call) {
  const Json& input = call.input;
  const bool has_name = Find(input, "logGroupName") != nullptr;
  const bool has_identifier = Find(input, "logGroupIdentifier") != nullptr;
  if (Find(input, "resourceArn") != nullptr) return NameInArn(call, GetString(input, "resourceArn"));
  if (has_name && has_identifier) {
    throw Error(kLogsInvalidParameter, "Only one of logGroupName and logGroupIdentifier may be given.");
  }
  if (has_name) return GetString(input, "logGroupName");
  if (!has_identifier) throw Error(kLogsInvalidParameter, "Either logGroupName or logGroupIdentifier must be given.");
  return NameOfIdentifier(call, GetString(input, "logGroupIdentifier"));
}

std::string LogGroupArn(const wire::Call& call, const std::string& group) {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}", call.region, call.account(), group);
}

std::shared_ptr<LogGroup> FindLogGroup(const LogsContext& context, const wire::Call& call) {
  auto group = context.store.Find(call.account(), call.region, LogGroupNameOf(call));
  if (group == nullptr) throw Error(kLogsNotFound, "The specified log group does not exist.");
  return group;
}

std::string SealLogsToken(const Json& position) { return ToBase64(ToText(position)); }

Json OpenLogsToken(const std::string& token) {
  std::string text;
  if (FromBase64(token, text)) {
    try {
      Json position = ParseJson(text);
      if (IsPosition(position)) return position;
    } catch (const Error&) {
      // Said below.
    }
  }
  throw Error(kLogsInvalidParameter, "The specified nextToken is invalid.");
}

Json CreateLogGroup(const LogsContext& context, wire::Call& call) {
  LogGroupSettings settings{.name = GetString(call.input, "logGroupName"),
                            .created = context.clock.Now(),
                            .log_class = GetString(call.input, "logGroupClass", "STANDARD"),
                            .tags = TagsOf(call.input)};
  if (Find(call.input, "kmsKeyId") != nullptr) {
    throw Error(kLogsInvalidParameter, "This server does not encrypt log groups with a KMS key: leave kmsKeyId out.");
  }
  if (GetBool(call.input, "deletionProtectionEnabled")) {
    throw Error(kLogsInvalidParameter, "This server has no deletion protection: leave deletionProtectionEnabled out.");
  }
  CheckTagCount(settings.tags);
  const auto group = context.store.Create(call.account(), call.region, settings);
  if (group == nullptr) throw Error(kLogsExists, "The specified log group already exists");
  group->Sync();
  return JsonObject{};
}

Json DeleteLogGroup(const LogsContext& context, wire::Call& call) {
  if (!context.store.Delete(call.account(), call.region, LogGroupNameOf(call))) {
    throw Error(kLogsNotFound, "The specified log group does not exist.");
  }
  return JsonObject{};
}

Json DescribeLogGroups(const LogsContext& context, wire::Call& call) {
  const std::string prefix = GetString(call.input, "logGroupNamePrefix");
  const std::string pattern = GetString(call.input, "logGroupNamePattern");
  if (!prefix.empty() && !pattern.empty()) {
    throw Error(kLogsInvalidParameter,
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  const std::string log_class = GetString(call.input, "logGroupClass");
  const std::vector<std::string> wanted = WantedNames(call);
  const auto limit = static_cast<std::size_t>(GetInt(call.input, "limit", kPageMax));
  std::string after;
  if (Find(call.input, "nextToken") != nullptr)
    after = GetString(OpenLogsToken(GetString(call.input, "nextToken")), "Group");
  JsonArray groups;
  std::string last;
  for (const auto& group : context.store.Groups(call.account(), call.region)) {
    const LogGroupSettings settings = group->Settings();
    if (settings.name <= after || !settings.name.starts_with(prefix)) continue;
    if (settings.name.find(pattern) == std::string::npos || (!log_class.empty() && settings.log_class != log_class))
      continue;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), settings.name) == wanted.end()) continue;
    if (groups.size() == limit) {
      return JsonObject{{"logGroups", std::move(groups)}, {"nextToken", SealLogsToken({{"Group", last}})}};
    }
    groups.push_back(Describe(call, *group));
    last = settings.name;
  }
  return JsonObject{{"logGroups", std::move(groups)}};
}

Json PutRetentionPolicy(const LogsContext& context, wire::Call& call) {
  const std::int64_t days = GetInt(call.input, "retentionInDays");
  if (std::find(kRetentionDays.begin(), kRetentionDays.end(), days) == kRetentionDays.end()) {
    throw Error(
        kLogsInvalidParameter,
        fmt::format("1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy constraint: "
                    "Member must satisfy enum value set: [{}]",
                    days, fmt::join(kRetentionDays.begin(), kRetentionDays.end(), ", ")));
  }
  FindLogGroup(context, call)->Change([&](LogGroupSettings& settings) { settings.retention_days = days; });
  context.store.Sweep();
  return JsonObject{};
}

Json DeleteRetentionPolicy(const LogsContext& context, wire::Call& call) {
  FindLogGroup(context, call)->Change([](LogGroupSettings& settings) { settings.retention_days.reset(); });
  return JsonObject{};
}

Json TagLogGroup(const LogsContext& context, wire::Call& call) {
  TaggedGroup(context, call)->Change([&](LogGroupSettings& settings) {
    for (const auto& [name, value] : TagsOf(call.input)) settings.tags[name] = value;
    CheckTagCount(settings.tags);
  });
  return JsonObject{};
}

Json UntagLogGroup(const LogsContext& context, wire::Call& call) {
  const char* member = Find(call.input, "tagKeys") != nullptr ? "tagKeys" : "tags";
  TaggedGroup(context, call)->Change([&](LogGroupSettings& settings) {
    for (const Json& name : Find(call.input, member)->as_array()) settings.tags.erase(std::string(name.as_string()));
  });
  return JsonObject{};
}

Json ListTagsLogGroup(const LogsContext& context, wire::Call& call) {
  JsonObject tags;
  for (const auto& [name, value] : TaggedGroup(context, call)->Settings().tags) tags[name] = value;
  return JsonObject{{"tags", std::move(tags)}};
}

}  // namespace sagebrush::telemetry
