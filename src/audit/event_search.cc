#include "audit/event_search.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "audit/trail_errors.h"
#include "base/encoding.h"
#include "base/text.h"

namespace sagebrush::audit {
namespace {

// Events are written in the order in which they ended, which is that of their times but for what went on side by side.
constexpr Milliseconds kDisorder{60'000};

struct ResourceRow {
  std::string_view member;  // Of requestParameters.
  std::string_view type;
};
constexpr std::array<ResourceRow, 9> kResourceRows{{{"bucketName", "AWS::S3::Bucket"},
                                                    {"bucket", "AWS::S3::Bucket"},
                                                    {"roleName", "AWS::IAM::Role"},
                                                    {"userName", "AWS::IAM::User"},
                                                    {"groupName", "AWS::IAM::Group"},
                                                    {"policyArn", "AWS::IAM::Policy"},
                                                    {"roleArn", "AWS::IAM::Role"},
                                                    {"keyId", "AWS::KMS::Key"},
                                                    {"secretId", "AWS::SecretsManager::Secret"}}};

// "trainingJobName" of SageMaker: "AWS::SageMaker::TrainingJob".
std::string TypeOf(std::string_view member, std::string_view source) {
  for (const auto& row : kResourceRows) {
    if (row.member == member) return std::string(row.type);
  }
  if (source != "sagemaker.amazonaws.com" || !member.ends_with("Name") || member == "Name") return {};
  std::string noun(member.substr(0, member.size() - 4));
  noun[0] = static_cast<char>(noun[0] - 'a' + 'A');
  return "AWS::SageMaker::" + noun;
}

JsonArray ResourcesOf(const Json& event) {
  JsonArray resources;
  const Json* const parameters = Find(event, "requestParameters");
  if (parameters == nullptr || !parameters->is_object()) return resources;
  const std::string source = GetString(event, "eventSource");
  for (const auto& member : parameters->get_object()) {
    if (!member.value().is_string()) continue;
    const std::string type = TypeOf({member.key().data(), member.key().size()}, source);
    if (!type.empty()) resources.push_back(JsonObject{{"ResourceType", type}, {"ResourceName", member.value()}});
  }
  return resources;
}

// A user's name, a session's name, or "root".
std::string UserOf(const Json& event) {
  const std::string arn = GetString(event, "userIdentity.arn");
  if (arn.ends_with(":root")) return "root";
  return arn.substr(arn.rfind('/') + 1);
}

bool HasAttribute(const Json& view, const EventQuery& query) {
  if (query.key.empty()) return true;
  if (query.key != "ResourceType" && query.key != "ResourceName") return GetString(view, query.key) == query.value;
  const JsonArray& resources = view.at("Resources").as_array();
  return std::any_of(resources.begin(), resources.end(),
                     [&](const Json& resource) { return GetString(resource, query.key) == query.value; });
}

// Quick: whether a line can be what is asked for. Values in lines are written as JSON.
bool MayMatch(std::string_view line, const EventQuery& query) {
  if (line.find(R"("eventCategory":"Management")") == std::string_view::npos) return false;
  if (query.key.empty() || query.key == "ReadOnly" || query.key == "ResourceType" || query.value == "root") return true;
  const std::string text = ToText(Json(query.value));
  return line.find(std::string_view(text).substr(1, text.size() - 2)) != std::string_view::npos;
}

// Where a page begins: behind which byte of which file there is nothing more to look at.
struct Place {
  std::string file;  // Empty: the newest.
  std::size_t end = std::string::npos;
};

Place ReadToken(const std::string& token) {
  if (token.empty()) return {};
  std::string text;
  const auto refuse = [] { throw Error(kInvalidNextToken, "Invalid or unknown token."); };
  if (!FromBase64(token, text)) refuse();
  const std::size_t bar = text.find('|');
  Place place;
  if (bar == std::string::npos) refuse();
  place.file = text.substr(0, bar);
  const char* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data() + bar + 1, end, place.end);
  if (number.ec != std::errc() || number.ptr != end || place.file.empty()) refuse();
  return place;
}

std::string MakeToken(const Path& file, std::size_t end) {
  return ToBase64(fmt::format("{}|{}", file.filename().string(), end));
}

enum class Verdict { kTaken, kPassed, kTooOld };

Verdict Look(std::string_view line, const EventQuery& query, EventPage& page) {
  Json event;
  try {
    event = ParseJson(line);
    const Time time = ParseTime(GetString(event, "eventTime"));
    if (query.start && time + kDisorder < *query.start) return Verdict::kTooOld;
    if ((query.start && time < *query.start) || (query.end && *query.end < time)) return Verdict::kPassed;
  } catch (const Error&) {
    return Verdict::kPassed;  // Cut off by a crash.
  }
  Json view = EventView(event, std::string(line));
  if (!HasAttribute(view, query)) return Verdict::kPassed;
  page.events.push_back(std::move(view));
  return Verdict::kTaken;
}

}  // namespace

Json EventView(const Json& event, std::string line) {
  const Json* const read_only = Find(event, "readOnly");
  JsonObject view{{"EventId", GetString(event, "eventID")},
                  {"EventName", GetString(event, "eventName")},
                  {"ReadOnly", read_only != nullptr && *read_only == Json(true) ? "true" : "false"},
                  {"EventTime", ParseTime(GetString(event, "eventTime")).ToEpochSeconds()},
                  {"EventSource", GetString(event, "eventSource")},
                  {"Resources", ResourcesOf(event)},
                  {"CloudTrailEvent", std::move(line)}};
  const std::string user = UserOf(event);
  if (!user.empty()) view["Username"] = user;
  const std::string key = GetString(event, "userIdentity.accessKeyId");
  if (!key.empty()) view["AccessKeyId"] = key;
  return view;
}

EventPage FindEvents(const AuditLog& log, const EventQuery& query) {
  const Place place = ReadToken(query.page_token);
  const auto files = log.Files();
  EventPage page;
  std::size_t scanned = 0;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    if (!place.file.empty() && file->filename().string() > place.file) continue;
    const auto text = ReadFileIfExists(*file);  // It may have been deleted meanwhile.
    if (!text) continue;
    std::size_t end = file->filename().string() == place.file ? std::min(place.end, text->size()) : text->size();
    while (end > 0) {
      if (page.events.size() == query.limit || scanned > kScanMax) {
        page.next_token = MakeToken(*file, end);
        return page;
      }
      const std::size_t last = end - ((*text)[end - 1] == '\n' ? 1 : 0);
      const std::size_t before = last == 0 ? std::string::npos : text->rfind('\n', last - 1);
      const std::size_t begin = before == std::string::npos ? 0 : before + 1;
      const std::string_view line = std::string_view(*text).substr(begin, last - begin);
      scanned += end - begin;
      end = begin;
      if (MayMatch(line, query) && Look(line, query, page) == Verdict::kTooOld) return page;
    }
  }
  return page;
}

}  // namespace sagebrush::audit
