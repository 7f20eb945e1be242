#include "sagemaker/search/search.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/text.h"
#include "sagemaker/list.h"
#include "sagemaker/search/property.h"
#include "sagemaker/search/search_expression.h"
#include "sagemaker/tags.h"
#include "sagemaker/verbs.h"
#include "wire/request_digest.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kPageSizeDefault = 10;
constexpr int kReadAtOnce = 500;
// Documents that one call reads at most. A page may then hold less than was asked for, and the next goes on.
constexpr int kReadMax = 5000;
constexpr int kSortedMax = 200'000;  // Of those that are put in an order that the store does not keep.
constexpr std::size_t kSuggestionsMax = 20;
constexpr int kSuggestedFrom = 100;  // The newest resources, whose tags, metrics and so on are suggested.

// What a call searches, and how. Lives for the call.
struct Search {
  const Context& context;
  const wire::Call& call;
  const Noun& noun;
  wire::Shape record;  // Of what is searched.
  SearchExpression expression;
  Json visible;  // VisibilityConditions, as a list of tags that a record must have.
};

wire::Shape RecordOf(const Noun& noun) {
  const auto* search = wire::FindService("sagemaker")->FindOperation("Search");
  return search->output().FindMember("Results").shape().element().shape().FindMember(noun.search_member).shape();
}

// A model's record holds what belongs to it besides (ModelDashboardModel); its properties are the model's own.
wire::Shape SearchedShape(const Noun& noun) {
  const wire::Shape record = RecordOf(noun);
  const wire::Member inner = record.FindMember(noun.search_member);
  return inner ? inner.shape() : record;
}

Json ResultOf(const Noun& noun, Json record) {
  if (RecordOf(noun).FindMember(noun.search_member)) record = {{noun.search_member, std::move(record)}};
  return {{noun.search_member, std::move(record)}};
}

Json RecordOf(const Context& context, const Noun& noun, const std::shared_ptr<const store::Resource>& resource) {
  JsonObject record = Describe(noun, *resource);
  if (noun.look_up) noun.look_up(context, *resource, record);
  const auto holder = HolderOfTags(context, noun, resource);
  record["Tags"] = holder == nullptr ? JsonArray() : TagsOf(*holder);
  return record;
}

bool IsVisible(const Json& visible, const Json& record) {
  return std::ranges::all_of(visible.as_array(), [&](const Json& condition) {
    // Of both members the model requires neither; the condition key of a policy reads one that lacks as empty too.
    const std::vector<Json> values = PropertyValues(record, GetString(condition, "Key"));
    return std::ranges::find(values, Json(GetString(condition, "Value"))) != values.end();
  });
}

bool Finds(const Search& search, const Json& record) {
  return search.expression.Holds(record) && IsVisible(search.visible, record);
}

const Noun& NounSearched(const std::vector<const Noun*>& nouns, const wire::Call& call) {
  const std::string resource = GetString(call.input, "Resource");
  const auto found = std::ranges::find(nouns, resource, &Noun::search_resource);
  if (found != nouns.end()) return **found;
  throw Error(kValidation, "Resource " + resource + " is not searched by this server: there are none.");
}

// Of all that decides what is found and in which order, besides the page.
std::string DigestOf(const wire::Call& call) {
  return wire::RequestDigest("Search", call.input,
                             {"Resource", "SearchExpression", "SortBy", "SortOrder", "VisibilityConditions"});
}

store::ListQuery QueryOf(const Search& search) {
  store::ListQuery query{.kind = search.noun.kind, .account = search.call.account(), .region = search.call.region};
  query.where = [&](const store::Outline& outline) { return search.expression.MayHold(search.noun, outline); };
  query.where_text = DigestOf(search.call);
  query.sort_by = store::ListQuery::SortBy::kModified;
  query.descending = GetString(search.call.input, "SortOrder", "Descending") == "Descending";
  return query;
}

Json Answer(const Search& search, JsonArray results, const std::string& next_token, bool from_first) {
  const std::size_t count = results.size();
  JsonObject output{{"Results", std::move(results)}};
  if (!next_token.empty()) output["NextToken"] = next_token;
  if (from_first) {
    output["TotalHits"] = {{"Value", count}, {"Relation", next_token.empty() ? "EqualTo" : "GreaterThanOrEqualTo"}};
  }
  return output;
}

// In an order that the store keeps: page by page of it, until there is a page of what is found.
Json FindInOrder(const Search& search, const Order& order) {
  store::ListQuery query = QueryOf(search);
  query.sort_by = order.by;
  query.sort_attribute = order.word;
  query.page_token = GetString(search.call.input, "NextToken");
  const bool from_first = query.page_token.empty();
  const auto wanted = static_cast<std::size_t>(GetInt(search.call.input, "MaxResults", kPageSizeDefault));
  JsonArray results;
  for (int read = 0; read < kReadMax && !search.call.stop.stop_requested();) {
    query.limit = static_cast<int>(wanted - results.size());
    const store::Page page = search.context.store.List(query);
    for (const auto& resource : page.resources) {
      Json record = RecordOf(search.context, search.noun, resource);
      if (Finds(search, record)) results.push_back(ResultOf(search.noun, std::move(record)));
    }
    read += static_cast<int>(page.resources.size());
    query.page_token = page.next_token;
    if (page.next_token.empty() || results.size() == wanted) break;
  }
  return Answer(search, std::move(results), query.page_token, from_first);
}

// A found resource's place among the others: numbers before texts, those without the property first.
struct Place {
  int rank = 0;
  double number = 0;
  std::string text;
  std::string name;
  auto operator<=>(const Place&) const = default;
};

Place PlaceOf(const Json& record, const std::string& property, const std::string& name) {
  Place place{.name = name};
  const std::vector<Json> values = PropertyValues(record, property);
  if (values.empty()) return place;
  if (values.front().is_number()) {
    place.rank = 1;
    place.number = values.front().to_number<double>();
  } else {
    place.rank = 2;
    place.text = values.front().is_string() ? std::string(values.front().get_string()) : ToText(values.front());
  }
  return place;
}

std::string TokenOf(const wire::Call& call, const Place& place) {
  return ToBase64(ToText(JsonArray{DigestOf(call), place.rank, place.number, place.text, place.name}));
}

std::optional<Place> PlaceIn(const wire::Call& call) {
  const std::string token = GetString(call.input, "NextToken");
  if (token.empty()) return std::nullopt;
  std::string text;
  const Error wrong(kValidation, "Invalid NextToken: it was not returned for this search.");
  if (!FromBase64(token, text)) throw wrong;
  const Json parsed = ParseJson(text);
  const JsonArray* parts = parsed.if_array();
  const bool whole = parts != nullptr && parts->size() == 5 && (*parts)[0] == Json(DigestOf(call)) &&
                     (*parts)[1].is_int64() && (*parts)[2].is_number() && (*parts)[3].is_string() &&
                     (*parts)[4].is_string();
  if (!whole) throw wrong;
  return Place{static_cast<int>((*parts)[1].get_int64()), (*parts)[2].to_number<double>(),
               std::string((*parts)[3].get_string()), std::string((*parts)[4].get_string())};
}

// The places of all that is found.
std::vector<Place> PlacesOf(const Search& search, const std::string& property) {
  store::ListQuery query = QueryOf(search);
  query.limit = kReadAtOnce;
  std::vector<Place> places;
  do {
    const store::Page page = search.context.store.List(query);
    for (const auto& resource : page.resources) {
      const Json record = RecordOf(search.context, search.noun, resource);
      if (Finds(search, record)) places.push_back(PlaceOf(record, property, resource->key.name));
    }
    if (places.size() > kSortedMax) {
      throw Error(kValidation, fmt::format("More than {} resources are found: sort them by CreationTime, or search for "
                                           "fewer.",
                                           kSortedMax));
    }
    if (search.call.stop.stop_requested()) throw Error(kServiceUnavailable, "The server is being stopped.");
    query.page_token = page.next_token;
  } while (!query.page_token.empty());
  return places;
}

// In any order: all that is found is looked at for each page.
Json FindSorted(const Search& search, const std::string& property) {
  if (!IsProperty(search.record, property)) throw Error(kValidation, "Unknown property name: " + property + ".");
  std::vector<Place> places = PlacesOf(search, property);
  const bool descending = GetString(search.call.input, "SortOrder", "Descending") == "Descending";
  const auto first = [&](const Place& a, const Place& b) { return descending ? b < a : a < b; };
  const std::optional<Place> from = PlaceIn(search.call);
  if (from) std::erase_if(places, [&](const Place& place) { return !first(*from, place); });
  const auto wanted =
      std::min(places.size(), static_cast<std::size_t>(GetInt(search.call.input, "MaxResults", kPageSizeDefault)));
  std::ranges::partial_sort(places, places.begin() + static_cast<std::ptrdiff_t>(wanted), first);
  JsonArray results;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto resource =
        search.context.store.Get({search.noun.kind, search.call.account(), search.call.region, places[i].name});
    if (resource == nullptr) continue;
    results.push_back(ResultOf(search.noun, RecordOf(search.context, search.noun, resource)));
  }
  const bool more = wanted < places.size();
  return Answer(search, std::move(results), more ? TokenOf(search.call, places[wanted - 1]) : "", !from);
}

std::optional<Order> OrderOf(const Noun& noun, const std::string& sort_by) {
  using SortBy = store::ListQuery::SortBy;
  if (sort_by == "LastModifiedTime") return Order{SortBy::kModified};
  if (sort_by == "CreationTime") return Order{SortBy::kCreated};
  if (sort_by == noun.name_member) return Order{SortBy::kName};
  if (sort_by == noun.state_member) return Order{SortBy::kState};
  return std::nullopt;
}

Json Run(const Context& context, const std::vector<const Noun*>& nouns, const wire::Call& call) {
  const Noun& noun = NounSearched(nouns, call);
  if (GetString(call.input, "CrossAccountFilterOption") == "CrossAccount") {
    return {{"Results", JsonArray()}};  // Nobody shares any with this account.
  }
  const Json* expression = Find(call.input, "SearchExpression");
  const Json* visible = Find(call.input, "VisibilityConditions");
  const wire::Shape record = SearchedShape(noun);
  const Search search{context,
                      call,
                      noun,
                      record,
                      SearchExpression(expression == nullptr ? Json(JsonObject()) : *expression, record),
                      visible == nullptr ? Json(JsonArray()) : *visible};
  const std::string sort_by = GetString(call.input, "SortBy", "LastModifiedTime");
  if (const auto order = OrderOf(noun, sort_by)) return FindInOrder(search, *order);
  return FindSorted(search, sort_by);
}

// Names of the model, then those of maps, tags and metrics that the newest resources have.
Json Suggest(const Context& context, const std::vector<const Noun*>& nouns, const wire::Call& call) {
  const Noun& noun = NounSearched(nouns, call);
  const std::string hint = Lower(GetString(call.input, "SuggestionQuery.PropertyNameQuery.PropertyNameHint"));
  std::set<std::string> names;
  const auto take = [&](const std::vector<std::string>& from) {
    for (const std::string& name : from) {
      if (Lower(name).starts_with(hint)) names.insert(name);
    }
  };
  take(PropertyNames(SearchedShape(noun)));
  store::ListQuery query{.kind = noun.kind, .account = call.account(), .region = call.region};
  query.sort_by = store::ListQuery::SortBy::kModified;
  query.descending = true;
  query.limit = kSuggestedFrom;
  for (const auto& resource : context.store.List(query).resources) {
    take(PropertyNames(RecordOf(context, noun, resource)));
  }
  JsonArray suggestions;
  for (const std::string& name : names) {
    if (suggestions.size() < kSuggestionsMax) suggestions.push_back({{"PropertyName", name}});
  }
  return {{"PropertyNameSuggestions", std::move(suggestions)}};
}

// A policy can ask for conditions that keep a search to what its caller may see:
// docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
std::vector<wire::Access> MaySearch(const wire::Call& call) {
  JsonObject facts;
  if (const Json* visible = Find(call.input, "VisibilityConditions")) {
    for (const Json& condition : visible->as_array()) {
      facts["sagemaker:SearchVisibilityCondition/" + GetString(condition, "Key")] = GetString(condition, "Value");
    }
  }
  return {{"sagemaker:Search", "*", std::move(facts), nullptr}};
}

}  // namespace

void AddSearch(wire::OperationTable& table, const Context& context, const std::vector<const Noun*>& nouns) {
  table.Add("sagemaker", "Search",
            {[&context, nouns](wire::Call& call) { return Run(context, nouns, call); }, MaySearch});
  const auto may_ask = [](const wire::Call&) {
    return std::vector<wire::Access>{{"sagemaker:GetSearchSuggestions", "*", {}, nullptr}};
  };
  table.Add("sagemaker", "GetSearchSuggestions",
            {[&context, nouns](wire::Call& call) { return Suggest(context, nouns, call); }, may_ask});
}

}  // namespace sagebrush::sagemaker
