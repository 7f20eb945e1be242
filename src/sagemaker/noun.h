#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "sagemaker/context.h"
#include "sagemaker/edit.h"
#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::sagemaker {

struct Noun;
using NounOf = const Noun& (*)();  // Nouns name each other by the functions that give them.

// How clients learn that a resource is missing or already there: pinned by contract tests, not by the service model.
// `message` may hold {name} and {arn}.
struct NounError {
  ErrorKind kind;
  std::string message;
};

// What an Update does with a member of its input.
struct MemberUpdate {
  enum class How {
    kReplace,     // The spec's member of that name is this from now on.
    kMerge,       // Of a map: these entries are set, the others stay.
    kRemoveKeys,  // Names of entries of the map `target` that go.
    kAdd,         // Texts that the list `target` holds from now on.
    kRemove,      // Texts that it holds no more.
    kRead,        // Noun::update has read it.
  };
  std::string member;
  How how = How::kReplace;
  std::string target{};  // A member of the spec; empty: that of the same name.
};

// A word of the resource that its List filters and Search find quickly: the texts at `path` of {"spec", "status"}
// ("spec.Source.SourceUri"; "spec.Aliases[]": each of a list).
struct IndexedWord {
  std::string name;
  std::string path;
};

// A member of List's input, besides those that all lists know: name, times, StatusEquals, order and page.
struct Filter {
  enum class How {
    kEquals,
    kContains,  // Whatever the case.
    kPrefix,
    kFrom,    // The word is a time, in seconds, from then on...
    kBefore,  // ...or before then.
    kState,   // The resource's state is that.
    kHeldBy,  // The one of `names` that the member names holds the resource's name, at the path `word`.
    kNever,   // No resource here is one of those.
  };
  std::string member;
  How how = How::kEquals;
  std::string word{};      // The IndexedWord that it is compared with; empty: that of the same name.
  NounOf names = nullptr;  // The member names one of these, by ARN or name; it must exist.
  // What the list is to be compared with, given its whole input; empty text: with nothing. By default, the member.
  std::function<std::string(const Json& input)> value{};
};

// One kind of resource: what the verbs that are written once (verbs.h) need to know of it, and what is particular.
// What it does not say is refused.
struct Noun {
  Noun() = default;
  // The names that most nouns have: TrainingJob, training-job, TrainingJobName, TrainingJobArn, ListTrainingJobs.
  explicit Noun(const std::string& name);

  std::string name;  // "TrainingJob", as in CreateTrainingJob.
  std::string kind;  // "training-job": in the ARN and in the store.
  // "TrainingJobArn". Empty: it has no ARN, and so no tags. It joins what its key members name, by ARN: operations on
  // it must be allowed on those, and answer those.
  std::string arn_member;
  std::string state_member;  // "TrainingJobStatus"; empty: the noun has no states.

  // The members of an input that name one resource. All are names, or ARNs where the service model allows these.
  // Several (DomainId, AppName) together are one key, joined by "/".
  std::vector<std::string> key_members;  // {"TrainingJobName"}
  std::string name_member;               // "TrainingJobName", in Create and in what is answered.
  // The name in the store of what a call is about, for a key that is not simply told by those members; empty: the call
  // does not say.
  std::function<std::string(const Context&, const wire::Call&)> find_name;
  // The name that a new resource gets; empty: that which its key members say. For names that the server makes. One that
  // is counted in the parent must be a number that never goes down: Create tries the next until one is free.
  std::function<std::string(Edit&)> make_name;
  // What a Create that has no name yet asks to be allowed on: below the ARN's kind. "*" unless the noun says more.
  std::function<std::string(const wire::Call&)> name_pattern;

  // The operations of the service model that are this noun's verbs. Empty: it has none of that kind.
  std::string create_operation, describe_operation, list_operation, update_operation, delete_operation;
  std::string list_member;                  // "TrainingJobSummaries"
  std::string list_order = "CreationTime";  // Default SortBy.
  bool list_descending = false;             // Default SortOrder.
  std::vector<Filter> filters;              // Of List.
  std::vector<IndexedWord> words;
  // SortBy values of this noun's own: {"VERSION", "Version"}, an IndexedWord. Those that all lists know need no row.
  std::vector<std::pair<std::string, std::string>> orders;

  NounError missing;
  NounError duplicate;
  // The "missing" error of a verb, where it depends on what was asked for and how. Empty: `missing`.
  std::function<Error(const wire::Call&)> missing_for;

  // Create's input: each top-level member is in one of these, or it is refused. Key members and Tags are known.
  std::vector<std::string> stored;  // Kept in the spec and shown by Describe as given.
  std::vector<std::string> read;    // Has its effect at creation, through `prepare`.
  // Paths of members that have no effect here, and why: given, the request is refused.
  std::vector<std::pair<std::string, std::string>> refused;
  // Paths of keys of KMS for volumes. These lie on the server's disk: given, the request is refused, unless the
  // operator says that the disk is encrypted (Context::disk_is_encrypted).
  std::vector<std::string> volume_keys;
  std::vector<MemberUpdate> updates;  // Update's input, besides the key; any other member is refused.
  // A member that names the request: repeated with the same input it answers the same resource; with another it is an
  // error. Empty: none. Of two such requests at a time the commit lets one through: so a name that the server makes
  // must follow from the token, or be counted in the parent.
  std::string token_member;

  std::string role_member;  // "RoleArn": iam:PassRole is checked for it; empty: none.
  // Members that name other resources which an operation uses as its own: {"EndpointConfigName", EndpointConfigNoun}.
  // The operation must be allowed on those too.
  std::vector<std::pair<std::string, NounOf>> uses;
  // The resource that this one is part of, named by `parent_member`, by ARN or name. It must exist at creation, and
  // cannot be deleted before this one is. Its name, as it was created, is what the spec holds.
  std::string parent_member;
  NounOf parent = nullptr;
  bool tags_of_parent = false;    // One with a parent has its tags and none of its own.
  bool create_on_parent = false;  // Who creates one must be allowed to do so on the parent, not on what is new.
  NounError has_children{};       // What a delete of one that others are part of is told.

  std::string initial_state;      // State after creation.
  std::string search_resource{};  // Search's word for the noun ("ExperimentTrial"); empty: it is not searched.
  std::string search_member{};    // Of a result that holds it ("Trial").

  // Checks what the service model cannot, and completes the spec (defaults, snapshots). Throws Error to refuse.
  std::function<void(Edit&)> prepare;
  // After `updates`: checks, and changes that are no copy. Throws Error to refuse.
  std::function<void(Edit&)> update;
  // Of Stop and Start: they write what is wanted. Empty: the noun has no such verb.
  std::function<void(Edit&)> stop, start;
  // Called by Delete. Empty: the resource is removed at once. Otherwise it decides (throws to refuse) and returns
  // whether to remove the resource now; when false it has said in the spec that it shall go, and its controller removes
  // it.
  std::function<bool(Edit&)> erase;
  // Adds the condition keys that a policy may ask of a resource as it is. Pure.
  std::function<void(const store::Resource&, JsonObject&)> facts;
  // Adds to the description what is not a plain copy of the spec. Pure.
  std::function<void(const store::Resource&, JsonObject&)> describe;
  // Changes a description into what a list shows of it, where members have other names there. Pure.
  std::function<void(const store::Resource&, JsonObject&)> summarize;
  // Adds to a description, as Describe and Search answer it (of a noun that is not described, List), what other
  // resources tell.
  std::function<void(const Context&, const store::Resource&, JsonObject&)> look_up;
  // Makes a description what the call to Describe asks for beyond the key: an older version, less of it.
  std::function<void(const Context&, const wire::Call&, const store::Resource&, JsonObject&)> describe_for;
};

// The key under which the store keeps the resource. Names differ in more than case: ARNs are in lower case.
store::Key KeyOf(const Noun& noun, const std::string& account, const std::string& region, std::string_view name);
// Of what `text`, a name or an ARN of this account and region, names. Throws Error(kValidation) for an ARN of another
// kind, account or region.
store::Key KeyNamed(const Noun& noun, const wire::Call& call, std::string_view text);
// The key of the resource that the call's input names. What an operation may do is asked for this key, and it is what
// the operation works on. With an empty name when the input does not say.
store::Key KeyIn(const Context& context, const Noun& noun, const wire::Call& call);
std::string ArnOf(const Noun& noun, const store::Key& key);
std::string ArnOf(const Noun& noun, const wire::Call& call, std::string_view name);
// The name that the resource was created with.
std::string NameOf(const Noun& noun, const store::Resource& resource);

// The noun's error for this resource, ready to throw.
Error ErrorFor(const NounError& error, const Noun& noun, const store::Key& key, const std::string& name);
Error MissingError(const Noun& noun, const store::Key& key);

// Throws the noun's "missing" error.
std::shared_ptr<const store::Resource> Require(const Context& context, const Noun& noun, const store::Key& key);

// Reads, lets `change` alter a copy, writes; again when another writer came first. Throws the "missing" error.
// Returns the resource as written. `change` may throw to refuse.
store::Resource Rewrite(const Context& context, const Noun& noun, const store::Key& key,
                        const std::function<void(store::Resource&)>& change);
// The same, with writes of others that are made with it or not at all.
store::Resource RewriteWith(const Context& context, const Noun& noun, const store::Key& key,
                            const std::function<void(store::Resource&, Alongside&)>& change);

}  // namespace sagebrush::sagemaker
