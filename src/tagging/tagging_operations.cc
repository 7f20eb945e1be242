// docs.aws.amazon.com/resourcegroupstagging/latest/APIReference
#include "tagging/tagging_operations.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/encoding.h"
#include "wire/model.h"
#include "wire/request_digest.h"

namespace sagebrush::tagging {
namespace {

using Services = std::vector<const TaggedService*>;

constexpr ErrorKind kInvalidParameter{"InvalidParameterException", 400, Fault::kClient};
constexpr std::int64_t kResourcesPerPageDefault = 50, kResourcesPerPageMax = 100;
constexpr std::int64_t kTagsPerPageStep = 100, kTagsPerPageMax = 500;
constexpr std::size_t kWordsPerPage = 1000;  // Of keys, and of values.

Error Invalid(const std::string& message) { return {kInvalidParameter, message}; }

std::vector<std::string> Texts(const Json& input, const char* member) {
  std::vector<std::string> texts;
  const Json* list = Find(input, member);
  if (list == nullptr) return texts;
  for (const Json& text : list->as_array()) texts.emplace_back(text.as_string());
  return texts;
}

// A token says where the last page ended, and of which request it was.
std::string DigestOf(const wire::Call& call) {
  const std::string about = fmt::format("{} {} {}", call.operation.name, call.account(), call.region);
  return wire::RequestDigest(about, call.input, {"TagFilters", "ResourceTypeFilters", "Key"});
}

std::string TokenOf(const wire::Call& call, const std::string& last) { return ToBase64(DigestOf(call) + last); }

std::string PlaceIn(const wire::Call& call) {
  const std::string token = GetString(call.input, "PaginationToken");
  if (token.empty()) return "";
  std::string text;
  const std::string digest = DigestOf(call);
  if (!FromBase64(token, text) || !text.starts_with(digest)) {
    throw Invalid("PaginationToken was not returned for this request.");
  }
  return text.substr(digest.size());
}

// What GetResources asks for.
class Filters {
 public:
  explicit Filters(const wire::Call& call)
      : types_(Texts(call.input, "ResourceTypeFilters")), arns_(Texts(call.input, "ResourceARNList")) {
    if (const Json* given = Find(call.input, "TagFilters")) {
      for (const Json& filter : given->as_array())
        tags_.emplace_back(GetString(filter, "Key"), Texts(filter, "Values"));
    }
  }

  bool Match(const TaggedResource& resource) const {
    const auto has = [&](const auto& filter) {
      const auto tag = resource.tags.find(filter.first);
      if (tag == resource.tags.end()) return false;
      return filter.second.empty() || std::ranges::find(filter.second, tag->second) != filter.second.end();
    };
    const bool listed = arns_.empty() || std::ranges::find(arns_, resource.arn) != arns_.end();
    const auto is_of = [&](const std::string& type) { return IsOf(resource.arn, type); };
    return listed && std::ranges::all_of(tags_, has) && (types_.empty() || std::ranges::any_of(types_, is_of));
  }

 private:
  // "sagemaker", or "sagemaker:model".
  static bool IsOf(const std::string& text, const std::string& type) {
    const auto arn = Arn::Parse(text);
    const std::string kind = arn->resource.substr(0, arn->resource.find_first_of("/:"));
    return type == arn->service || type == arn->service + ":" + kind;
  }

  std::vector<std::pair<std::string, std::vector<std::string>>> tags_;
  std::vector<std::string> types_, arns_;
};

// Every resource with tags from behind `after` on, service by service, until `take` returns false.
void ForEach(const Services& services, const wire::Call& call, const std::string& after,
             const std::function<bool(const TaggedResource&)>& take) {
  const auto last = Arn::Parse(after);
  const auto at =
      std::ranges::find_if(services, [&](const auto* service) { return last && service->name() == last->service; });
  bool going = true;
  for (auto service = last ? at : services.begin(); service != services.end() && going; ++service) {
    (*service)->ForEach(call.account(), call.region, service == at ? after : "", [&](const TaggedResource& resource) {
      if (call.stop.stop_requested()) throw Error(kServiceUnavailable, "The server is being stopped.");
      going = take(resource);
      return going;
    });
  }
}

std::int64_t NumberIn(const wire::Call& call, const char* member, std::int64_t otherwise, std::int64_t least,
                      std::int64_t most) {
  const std::int64_t number = GetInt(call.input, member, otherwise);
  if (number >= least && number <= most) return number;
  throw Invalid(fmt::format("{} must be from {} to {}.", member, least, most));
}

Json GetResources(const Services& services, const wire::Call& call) {
  for (const char* member : {"IncludeComplianceDetails", "ExcludeCompliantResources"}) {
    if (GetBool(call.input, member)) throw Invalid(std::string(member) + ": there are no tag policies here.");
  }
  const bool by_arn = Find(call.input, "ResourceARNList") != nullptr;
  for (const char* member :
       {"TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage", "PaginationToken"}) {
    if (by_arn && Find(call.input, member) != nullptr) {
      throw Invalid(fmt::format("{} cannot be given together with ResourceARNList.", member));
    }
  }
  const auto resources_max = static_cast<std::size_t>(
      by_arn ? kResourcesPerPageMax
             : NumberIn(call, "ResourcesPerPage", kResourcesPerPageDefault, 1, kResourcesPerPageMax));
  const std::int64_t tags_max = NumberIn(call, "TagsPerPage", kTagsPerPageMax, kTagsPerPageStep, kTagsPerPageMax);
  if (tags_max % kTagsPerPageStep != 0) throw Invalid("TagsPerPage must be a multiple of 100.");
  const Filters filters(call);
  JsonArray found;
  std::string last, token;
  std::int64_t tags = 0;
  ForEach(services, call, PlaceIn(call), [&](const TaggedResource& resource) {
    if (!filters.Match(resource)) return true;
    tags += static_cast<std::int64_t>(resource.tags.size());
    if (found.size() == resources_max || (tags > tags_max && !found.empty())) {
      token = TokenOf(call, last);
      return false;
    }
    found.push_back({{"ResourceARN", resource.arn}, {"Tags", ToList(resource.tags)}});
    last = resource.arn;
    return true;
  });
  return {{"ResourceTagMappingList", std::move(found)}, {"PaginationToken", token}};
}

// A page of `words`, in order.
Json PageOf(const wire::Call& call, const char* member, const std::set<std::string>& words) {
  const std::string after = PlaceIn(call);
  JsonArray page;
  std::string token;
  const bool from_first = GetString(call.input, "PaginationToken").empty();
  for (auto word = from_first ? words.begin() : words.upper_bound(after); word != words.end(); ++word) {
    if (page.size() == kWordsPerPage) {
      token = TokenOf(call, *std::prev(word));
      break;
    }
    page.emplace_back(*word);
  }
  return {{member, std::move(page)}, {"PaginationToken", token}};
}

Json GetTagKeys(const Services& services, const wire::Call& call) {
  std::set<std::string> keys;
  ForEach(services, call, "", [&](const TaggedResource& resource) {
    for (const auto& [key, value] : resource.tags) keys.insert(key);
    return true;
  });
  return PageOf(call, "TagKeys", keys);
}

Json GetTagValues(const Services& services, const wire::Call& call) {
  const std::string key = GetString(call.input, "Key");
  std::set<std::string> values;
  ForEach(services, call, "", [&](const TaggedResource& resource) {
    if (const auto tag = resource.tags.find(key); tag != resource.tags.end()) values.insert(tag->second);
    return true;
  });
  return PageOf(call, "TagValues", values);
}

// Does `act` for each resource that the call lists; what fails for one is told and does not hold the others.
Json ForEachListed(const Services& services, const wire::Call& call,
                   const std::function<void(const TaggedService&, const std::string& arn)>& act) {
  JsonObject failed;
  for (const std::string& text : Texts(call.input, "ResourceARNList")) {
    try {
      const auto arn = Arn::Parse(text);
      const auto service =
          std::ranges::find_if(services, [&](const auto* one) { return arn && one->name() == arn->service; });
      if (service == services.end()) throw Invalid(text + " is not the ARN of a resource that has tags here.");
      act(**service, text);
    } catch (const Error& error) {
      const bool ours = error.kind().fault == Fault::kServer;
      failed[text] = {{"StatusCode", error.kind().http_status},
                      {"ErrorCode", ours ? "InternalServiceException" : "InvalidParameterException"},
                      {"ErrorMessage", fmt::format("{}: {}", error.kind().code, error.what())}};
    }
  }
  return {{"FailedResourcesMap", std::move(failed)}};
}

Json TagResources(const Services& services, const wire::Api& api, const wire::Call& call) {
  Tags tags;
  for (const auto& [key, value] : call.input.at("Tags").as_object()) tags[key] = value.as_string();
  return ForEachListed(
      services, call, [&](const TaggedService& service, const std::string& arn) { service.Tag(api, call, arn, tags); });
}

Json UntagResources(const Services& services, const wire::Api& api, const wire::Call& call) {
  const std::vector<std::string> keys = Texts(call.input, "TagKeys");
  return ForEachListed(services, call, [&](const TaggedService& service, const std::string& arn) {
    service.Untag(api, call, arn, keys);
  });
}

}  // namespace

void AddTaggingOperations(wire::OperationTable& table, const wire::Api& api, const Services& services) {
  const auto add = [&](const std::string& operation, wire::Handler handler) {
    // The right to the resources themselves is asked for by the operations that change them.
    const auto access = [action = "tag:" + operation](const wire::Call&) {
      return std::vector<wire::Access>{{action, "*", {}, nullptr}};
    };
    table.Add("resourcegroupstaggingapi", operation, {std::move(handler), access});
  };
  add("GetResources", [services](wire::Call& call) { return GetResources(services, call); });
  add("GetTagKeys", [services](wire::Call& call) { return GetTagKeys(services, call); });
  add("GetTagValues", [services](wire::Call& call) { return GetTagValues(services, call); });
  add("TagResources", [services, &api](wire::Call& call) { return TagResources(services, api, call); });
  add("UntagResources", [services, &api](wire::Call& call) { return UntagResources(services, api, call); });
}

}  // namespace sagebrush::tagging
