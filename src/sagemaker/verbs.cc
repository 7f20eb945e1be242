#include "sagemaker/verbs.h"

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "sagemaker/input_members.h"
#include "sagemaker/list.h"
#include "sagemaker/tags.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kMembersAdded = 24;               // To the spec by a description: room for them, made at once.
constexpr Milliseconds kTokenLife{24LL * 3600 * 1000};  // How long a repeated request is known.
constexpr char kChildren[] = "Children";
constexpr char kRequest[] = "RequestDigest";

// Whose documents say who made and last changed them, as AWS's UserContext.
bool RecordsCaller(const Noun& noun) {
  const wire::Service& service = *wire::FindService("sagemaker");
  if (const auto* describe = service.FindOperation(noun.describe_operation)) {
    return static_cast<bool>(describe->output().FindMember("CreatedBy"));
  }
  const auto* list = service.FindOperation(noun.list_operation);
  const wire::Member listed = list == nullptr ? wire::Member() : list->output().FindMember(noun.list_member);
  return listed && listed.shape().element().shape().FindMember("CreatedBy");
}

Json AnswerOf(const Noun& noun, const store::Resource& resource) {
  if (!noun.arn_member.empty()) return {{noun.arn_member, ArnOf(noun, resource.key)}};
  JsonObject joined;
  for (const std::string& member : noun.key_members) joined[member] = GetString(resource.spec, member);
  return joined;
}

// Makes an edit's writes, or none. nullopt: they are made. Else the place of the one that another writer was before.
std::optional<std::size_t> Commit(const Edit& edit, const store::Write& own) {
  std::vector<store::Write> writes{own};
  if (edit.parent != nullptr) writes.push_back(store::Write::Update(*edit.parent));
  writes.insert(writes.end(), edit.also.writes().begin(), edit.also.writes().end());
  return edit.context.store.Commit(writes);
}

// The parent that a new resource names, counting it; the spec gets the name that it was created with.
std::optional<store::Resource> JoinParent(const Edit& edit, const Noun& noun) {
  if (noun.parent == nullptr) return std::nullopt;
  const std::string given = GetString(edit.input(), noun.parent_member);
  if (given.empty()) return std::nullopt;
  store::Resource parent = *Require(edit.context, noun.parent(), KeyNamed(noun.parent(), edit.call, given));
  edit.spec()[noun.parent_member] = NameOf(noun.parent(), parent);
  CountChild(parent, 1);
  return parent;
}

// The resource that a verb is about. Throws the "missing" error.
std::shared_ptr<const store::Resource> Named(const Context& context, const Noun& noun, const wire::Call& call) {
  const store::Key key = KeyIn(context, noun, call);
  auto resource = context.store.Get(key);
  if (resource == nullptr) throw noun.missing_for ? noun.missing_for(call) : MissingError(noun, key);
  return resource;
}

std::string DigestOf(const Json& input) { return ToHex(ComputeDigest(DigestAlgorithm::kSha256, ToText(input))); }

// The resource that an earlier request with the same token made; empty: there was none.
std::string MadeByToken(const Edit& edit, const Noun& noun) {
  const std::string token = noun.token_member.empty() ? "" : GetString(edit.input(), noun.token_member);
  if (token.empty()) return "";
  const std::string digest = DigestOf(edit.input());
  store::ListQuery query{.kind = noun.kind, .account = edit.call.account(), .region = edit.call.region, .limit = 1};
  query.sort_by = store::ListQuery::SortBy::kCreated;
  query.created_after = edit.context.clock.Now() + -kTokenLife;
  query.where = [&](const store::Outline& outline) { return outline.ValueOf(noun.token_member) == token; };
  const store::Page page = edit.context.store.List(query);
  if (page.resources.empty()) {
    edit.spec()[kRequest] = digest;
    return "";
  }
  const store::Resource& made = *page.resources.front();
  if (GetString(made.spec, kRequest) == digest) return ArnOf(noun, made.key);
  throw Error(kValidation, fmt::format("{} {} was given with another request; give each request one of its own.",
                                       noun.token_member, token));
}

Json Create(const Context& context, const Noun& noun, wire::Call& call) {
  CheckCreateInput(noun, context.disk_is_encrypted, call.input);
  CheckTags(Find(call.input, "Tags"));
  for (Tries tries;; tries.Again()) {
    Alongside also;
    store::Resource resource;
    Edit edit{context, call, resource, also};
    resource.spec = SpecOf(noun, call.input);
    resource.status = JsonObject();
    resource.state = noun.initial_state;
    resource.created = resource.modified = context.clock.Now();
    if (RecordsCaller(noun)) edit.spec()["CreatedBy"] = CallerOf(call);
    if (const std::string arn = MadeByToken(edit, noun); !arn.empty()) return {{noun.arn_member, arn}};
    std::optional<store::Resource> parent = JoinParent(edit, noun);
    if (parent) edit.parent = &*parent;
    resource.key =
        noun.make_name ? KeyOf(noun, call.account(), call.region, noun.make_name(edit)) : KeyIn(context, noun, call);
    // A name that is counted in the parent is taken only when another writer counted first: Commit finds that out.
    const bool is_counted = noun.make_name && edit.parent != nullptr;
    if (!is_counted && context.store.Get(resource.key) != nullptr) {
      throw ErrorFor(noun.duplicate, noun, resource.key, NameOf(noun, resource));
    }
    if (noun.prepare) noun.prepare(edit);
    if (!Commit(edit, store::Write::Insert(resource))) return AnswerOf(noun, resource);
  }
}

Json Update(const Context& context, const Noun& noun, const wire::Call& call) {
  CheckUpdateInput(noun, call.input);
  return ChangeOne(context, noun, call, [&](Edit& edit) {
    if (RecordsCaller(noun)) edit.spec()["LastModifiedBy"] = CallerOf(call);
    for (const MemberUpdate& update : noun.updates) ApplyUpdate(update, call.input, edit.spec());
    if (noun.update) noun.update(edit);
  });
}

// Of a resource that is there; nullopt: it has none.
std::optional<store::Resource> ParentOf(const Edit& edit, const Noun& noun) {
  const std::string name = noun.parent == nullptr ? "" : GetString(edit.resource.spec, noun.parent_member);
  if (name.empty()) return std::nullopt;
  const auto found = edit.context.store.Get(KeyNamed(noun.parent(), edit.call, name));
  return found == nullptr ? std::nullopt : std::optional(*found);
}

Json Delete(const Context& context, const Noun& noun, const wire::Call& call) {
  for (Tries tries;; tries.Again()) {
    const auto stored = Named(context, noun, call);
    if (ChildrenOf(*stored) > 0 && !noun.has_children.message.empty()) {
      throw ErrorFor(noun.has_children, noun, stored->key, NameOf(noun, *stored));
    }
    Alongside also;
    store::Resource copy = *stored;
    Edit edit{context, call, copy, also};
    std::optional<store::Resource> parent = ParentOf(edit, noun);
    if (parent) edit.parent = &*parent;
    const bool now = !noun.erase || noun.erase(edit);
    copy.modified = context.clock.Now();
    if (parent && now) CountChild(*parent, -1);
    if (!now) edit.parent = nullptr;
    const auto write = now ? store::Write::Delete(*stored) : store::Write::Update(copy);
    if (!Commit(edit, write)) return AnswerOf(noun, *stored);
  }
}

Json DescribeOne(const Context& context, const Noun& noun, wire::Call& call) {
  const auto resource = Named(context, noun, call);
  JsonObject description = Describe(noun, *resource, call.output_memory);
  if (noun.look_up) noun.look_up(context, *resource, description);
  if (noun.describe_for) noun.describe_for(context, call, *resource, description);
  return description;
}

void AddDescribe(wire::OperationTable& table, const Context& context, const Noun& noun) {
  // The store answers from memory, so the I/O thread may ask it. What asks for more resources may have to read them.
  table.Add("sagemaker", noun.describe_operation,
            {[&](wire::Call& call) { return DescribeOne(context, noun, call); },
             OneResource(context, noun, noun.describe_operation),
             noun.look_up || noun.find_name || noun.describe_for ? wire::RunsOn::kPool : wire::RunsOn::kIoThread});
}

}  // namespace

Json CallerOf(const wire::Call& call) {
  JsonObject identity{{"Arn", call.principal.arn}, {"PrincipalId", call.principal.user_id}};
  if (!call.principal.source_identity.empty()) identity["SourceIdentity"] = call.principal.source_identity;
  return {{"IamIdentity", std::move(identity)}};
}

std::int64_t ChildrenOf(const store::Resource& parent) { return GetInt(parent.status, kChildren); }

void CountChild(store::Resource& parent, std::int64_t more) {
  parent.status.as_object()[kChildren] = ChildrenOf(parent) + more;
}

void DeleteParts(Edit& edit, const Noun& part) {
  const store::Key& whole = edit.resource.key;
  store::ListQuery query{.kind = part.kind, .account = whole.account, .region = whole.region};
  query.name_prefix = whole.name + "/";
  do {
    const store::Page page = edit.context.store.List(query);
    for (const auto& one : page.resources) {
      store::Resource gone;  // Without its documents, which may be large: the version is what counts.
      gone.key = one->key;
      gone.version = one->version;
      edit.also.Delete(std::move(gone));
    }
    query.page_token = page.next_token;
  } while (!query.page_token.empty());
}

JsonObject Describe(const Noun& noun, const store::Resource& resource, boost::json::storage_ptr memory) {
  const JsonObject& spec = resource.spec.as_object();
  JsonObject description(spec, std::move(memory));
  description.reserve(spec.size() + kMembersAdded);
  if (!noun.arn_member.empty()) description[noun.arn_member] = ArnOf(noun, resource.key);
  description["CreationTime"] = resource.created.ToEpochSeconds();
  description["LastModifiedTime"] = resource.modified.ToEpochSeconds();
  if (!noun.state_member.empty()) description[noun.state_member] = resource.state;
  if (noun.describe) noun.describe(resource, description);
  return description;
}

Json ChangeOne(const Context& context, const Noun& noun, const wire::Call& call,
               const std::function<void(Edit&)>& change) {
  for (Tries tries;; tries.Again()) {
    store::Resource copy = *Named(context, noun, call);
    Alongside also;
    Edit edit{context, call, copy, also};
    change(edit);
    copy.modified = context.clock.Now();
    if (!Commit(edit, store::Write::Update(copy))) return AnswerOf(noun, copy);
  }
}

void AddVerb(wire::OperationTable& table, const Context& context, const Noun& noun, const std::string& operation,
             wire::Handler handler) {
  table.Add("sagemaker", operation, {std::move(handler), OneResource(context, noun, operation)});
}

void AddVerbs(wire::OperationTable& table, const Context& context, const Noun& noun) {
  if (!noun.create_operation.empty()) {
    const Noun& allowed_on = noun.create_on_parent ? noun.parent() : noun;
    AddVerb(table, context, allowed_on, noun.create_operation,
            [&](wire::Call& call) { return Create(context, noun, call); });
  }
  if (!noun.describe_operation.empty()) AddDescribe(table, context, noun);
  if (!noun.list_operation.empty()) AddList(table, context, noun);
  if (!noun.update_operation.empty()) {
    AddVerb(table, context, noun, noun.update_operation, [&](wire::Call& call) { return Update(context, noun, call); });
  }
  if (!noun.delete_operation.empty()) {
    AddVerb(table, context, noun, noun.delete_operation, [&](wire::Call& call) { return Delete(context, noun, call); });
  }
  for (const auto& [verb, act] : {std::pair{"Stop", &noun.stop}, std::pair{"Start", &noun.start}}) {
    if (!*act) continue;
    AddVerb(table, context, noun, verb + noun.name,
            [&context, &noun, act](wire::Call& call) { return ChangeOne(context, noun, call, *act); });
  }
}

}  // namespace sagebrush::sagemaker
