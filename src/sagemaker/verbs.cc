#include "sagemaker/verbs.h"

#include <set>

#include "base/encoding.h"
#include "sagemaker/request_keys.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kMembersAdded = 24;  // To the spec by a description: room for them, made at once.
constexpr std::int64_t kPageSizeDefault = 10;

// What of an operation's access is the same in all calls.
struct Asked {
  explicit Asked(const std::string& operation_name)
      : operation(operation_name), action("sagemaker:" + operation_name), keys(KeysOf(operation_name)) {}

  std::string operation, action;
  OperationKeys keys;
};

// What a verb does to the resource that the call names, and to all else that it takes into its hands.
std::vector<wire::Access> AccessesOf(const Context& context, const Noun& noun, const Asked& asked,
                                     const wire::Call& call) {
  const store::Key key = KeyIn(noun, call);
  const std::string arn = ArnOf(noun, key);
  const JsonObject request = RequestContext(asked.keys, call);
  const auto on = [&](const std::string& action, const std::string& resource_arn, const store::Key& resource_key) {
    JsonObject facts = request;
    AddResourceTags(context.store.Get(resource_key).get(), facts);
    return wire::Access{action, resource_arn, std::move(facts), nullptr};
  };
  std::vector<wire::Access> accesses;
  accesses.push_back(on(asked.action, arn, key));
  for (const auto& [member, other] : noun.uses) {
    const std::string name = GetString(call.input, member);
    if (name.empty()) continue;
    const store::Key used = KeyOf(other(), call.account(), call.region, name);
    accesses.push_back(on(asked.action, ArnOf(other(), used), used));
  }
  if (request.contains("aws:TagKeys")) {  // Tags on creation need the right to tag.
    accesses.push_back(on("sagemaker:AddTags", arn, key));
    accesses.back().context["sagemaker:TaggingAction"] = asked.operation;
  }
  const std::string role = noun.role_member.empty() ? "" : GetString(call.input, noun.role_member);
  if (!role.empty()) {
    const JsonObject passed{{"iam:PassedToService", "sagemaker.amazonaws.com"}, {"iam:AssociatedResourceArn", arn}};
    accesses.push_back({"iam:PassRole", role, passed, nullptr});
  }
  return accesses;
}

void Refuse(const Noun& noun, const Json& input) {
  for (const auto& [path, reason] : noun.refused) {
    const Json* value = Find(input, path);
    if (value == nullptr || value->is_null()) continue;
    const bool empty = (value->is_string() && value->get_string().empty()) ||
                       (value->is_bool() && !value->get_bool()) || (value->is_array() && value->get_array().empty()) ||
                       (value->is_int64() && value->get_int64() == 0);
    if (!empty) throw Error(kValidation, fmt::format("{} is not supported by this server: {}", path, reason));
  }
}

Json Create(const Context& context, const Noun& noun, wire::Call& call) {
  Refuse(noun, call.input);
  CheckTags(Find(call.input, "Tags"));
  store::Resource resource;
  const std::string name = GetString(call.input, noun.name_member);
  resource.key = KeyIn(noun, call);
  resource.spec = call.input;
  resource.status = JsonObject();
  resource.state = noun.initial_state;
  resource.created = resource.modified = context.clock.Now();
  const std::string arn = ArnOf(noun, resource.key);
  const std::string duplicate = Replaced(Replaced(noun.duplicate.message, "{arn}", arn), "{name}", name);
  if (context.store.Get(resource.key) != nullptr) throw Error(noun.duplicate.kind, duplicate);
  if (noun.prepare) noun.prepare(context, call, resource);
  if (!context.store.Insert(resource)) throw Error(noun.duplicate.kind, duplicate);
  return {{noun.arn_member, arn}};
}

std::optional<Time> TimeMember(const Json& input, std::string_view member) {
  const Json* value = Find(input, member);
  if (value == nullptr) return std::nullopt;
  return Time::FromEpochSeconds(GetDouble(input, member));
}

store::ListQuery QueryOf(const Noun& noun, const wire::Call& call) {
  store::ListQuery query;
  query.kind = noun.kind;
  query.account = call.account();
  query.region = call.region;
  query.name_contains = GetString(call.input, "NameContains");
  if (const std::string state = GetString(call.input, "StatusEquals"); !state.empty()) query.states = {state};
  query.created_after = TimeMember(call.input, "CreationTimeAfter");
  query.created_before = TimeMember(call.input, "CreationTimeBefore");
  query.modified_after = TimeMember(call.input, "LastModifiedTimeAfter");
  query.modified_before = TimeMember(call.input, "LastModifiedTimeBefore");
  const std::string by = GetString(call.input, "SortBy", "CreationTime");
  using SortBy = store::ListQuery::SortBy;
  query.sort_by = by == "Name"               ? SortBy::kName
                  : by == "Status"           ? SortBy::kState
                  : by == "LastModifiedTime" ? SortBy::kModified
                                             : SortBy::kCreated;
  const std::string order = GetString(call.input, "SortOrder");
  query.descending = order.empty() ? noun.list_descending : order == "Descending";
  query.limit = static_cast<int>(GetInt(call.input, "MaxResults", kPageSizeDefault));
  query.page_token = GetString(call.input, "NextToken");
  return query;
}

Json List(const Context& context, const Noun& noun, wire::Call& call) {
  for (const std::string& filter : noun.list_filters_unmatched) {
    if (Find(call.input, filter) != nullptr) return {{noun.list_member, JsonArray()}};
  }
  const store::Page page = context.store.List(QueryOf(noun, call));
  JsonArray summaries;
  for (const auto& resource : page.resources) {
    JsonObject summary{{noun.name_member, GetString(resource->spec, noun.name_member)},
                       {noun.arn_member, ArnOf(noun, resource->key)},
                       {"CreationTime", resource->created.ToEpochSeconds()},
                       {"LastModifiedTime", resource->modified.ToEpochSeconds()}};
    if (!noun.state_member.empty()) summary[noun.state_member] = resource->state;
    if (noun.summarize) noun.summarize(*resource, summary);
    summaries.emplace_back(std::move(summary));
  }
  JsonObject output{{noun.list_member, std::move(summaries)}};
  if (!page.next_token.empty()) output["NextToken"] = page.next_token;
  return output;
}

Json Delete(const Context& context, const Noun& noun, wire::Call& call) {
  for (;;) {
    const auto stored = Require(context, noun, call);
    store::Resource copy = *stored;
    const bool now = !noun.erase || noun.erase(context, call, copy);
    copy.modified = context.clock.Now();
    if (now ? context.store.Delete(*stored) : context.store.Update(copy)) return JsonObject();
  }
}

}  // namespace

wire::AccessRule OneResource(const Context& context, const Noun& noun, const std::string& operation) {
  return [&context, &noun, asked = Asked(operation)](const wire::Call& call) {
    return AccessesOf(context, noun, asked, call);
  };
}

JsonObject Describe(const Noun& noun, const store::Resource& resource, boost::json::storage_ptr memory) {
  const JsonObject& spec = resource.spec.as_object();
  JsonObject description(spec, std::move(memory));
  description.reserve(spec.size() + kMembersAdded);
  description[noun.arn_member] = ArnOf(noun, resource.key);
  description["CreationTime"] = resource.created.ToEpochSeconds();
  description["LastModifiedTime"] = resource.modified.ToEpochSeconds();
  if (!noun.state_member.empty()) description[noun.state_member] = resource.state;
  if (noun.describe) noun.describe(resource, description);
  return description;
}

void CheckTags(const Json* tags) {
  if (tags == nullptr || !tags->is_array()) return;
  std::set<std::string> keys;
  for (const Json& tag : tags->get_array()) {
    const std::string key = GetString(tag, "Key");
    if (key.starts_with("aws:")) {
      throw Error(kValidation, "Tag key " + key + " starts with aws:, which is reserved; choose another key.");
    }
    if (!keys.insert(key).second) throw Error(kValidation, "Tag key " + key + " is given twice; give each key once.");
  }
}

void AddVerb(wire::OperationTable& table, const Context& context, const Noun& noun, const std::string& operation,
             wire::Handler handler) {
  table.Add("sagemaker", operation, {std::move(handler), OneResource(context, noun, operation)});
}

void AddVerbs(wire::OperationTable& table, const Context& context, const Noun& noun) {
  AddVerb(table, context, noun, "Create" + noun.name, [&](wire::Call& call) { return Create(context, noun, call); });
  // The store answers from memory, so the I/O thread may ask it.
  wire::OperationEntry describe{
      [&](wire::Call& call) -> Json { return Describe(noun, *Require(context, noun, call), call.output_memory); },
      OneResource(context, noun, "Describe" + noun.name), wire::RunsOn::kIoThread};
  table.Add("sagemaker", "Describe" + noun.name, std::move(describe));
  AddVerb(table, context, noun, "Delete" + noun.name, [&](wire::Call& call) { return Delete(context, noun, call); });
  table.Add("sagemaker", noun.list_operation,
            {[&](wire::Call& call) { return List(context, noun, call); },
             [&noun](const wire::Call&) {
               return std::vector<wire::Access>{{"sagemaker:" + noun.list_operation, "*", {}, nullptr}};
             }});
}

}  // namespace sagebrush::sagemaker
