#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sagemaker/controller_world.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {

// For tests of the verbs that are written once: nouns of no product. Their operations borrow the names of AWS's, for
// the service model must know them.

// What others are part of.
inline const Noun& BoxNoun() {
  static const Noun noun = [] {
    Noun box("Box");
    box.create_operation = "CreateExperiment";
    box.describe_operation = box.list_operation = "";
    box.delete_operation = "DeleteExperiment";
    box.stored = {"Holds"};
    box.missing = {kResourceNotFound, "No box {name}."};
    box.duplicate = {kResourceInUse, "Box {name} is there: {arn}."};
    box.has_children = {kResourceInUse, "Box {name} is not empty."};
    return box;
  }();
  return noun;
}

// Has a name that the server makes: the box's, and how many were made in it.
inline const Noun& PartNoun() {
  static const Noun noun = [] {
    Noun part("Part");
    part.create_operation = "CreateTrialComponent";
    part.describe_operation = part.list_operation = part.delete_operation = "";
    part.name_member = "";
    part.make_name = [](Edit& edit) {
      const std::int64_t number = GetInt(edit.parent->status, "PartsMade") + 1;
      edit.parent->status.as_object()["PartsMade"] = number;
      return edit.parent->key.name + "/" + std::to_string(number);
    };
    part.parent_member = "BoxName";
    part.parent = BoxNoun;
    part.tags_of_parent = true;
    part.token_member = "ClientToken";
    part.missing = {kResourceNotFound, "No part {name}."};
    return part;
  }();
  return noun;
}

inline std::vector<MemberUpdate> ThingUpdates() {
  using How = MemberUpdate::How;
  return {{"Colour"},
          {"Shade", How::kReplace, "Colour"},
          {"Labels", How::kMerge},
          {"LabelsToRemove", How::kRemoveKeys, "Labels"},
          {"NamesToAdd", How::kAdd, "Names"},
          {"NamesToRemove", How::kRemove, "Names"},
          {"Wish", How::kRead}};
}

inline std::vector<Filter> ThingFilters() {
  using How = Filter::How;
  return {{"Colour"},
          {"ColourContains", How::kContains, "Colour"},
          {"ColourPrefix", How::kPrefix, "Colour"},
          {"WeightFrom", How::kFrom, "Weight"},
          {"WeightBefore", How::kBefore, "Weight"},
          {"State", How::kState},
          {"HeldBy", How::kHeldBy, "spec.Holds[]", BoxNoun},
          {"Ghost", How::kNever},
          {"InBox", How::kEquals, "BoxName", BoxNoun},
          {"Mood", How::kEquals, "Colour", nullptr,
           [](const Json& input) { return std::string(GetString(input, "Mood") == "angry" ? "red" : ""); }}};
}

// Has everything that a noun can have.
inline const Noun& ThingNoun() {
  static const Noun noun = [] {
    Noun thing("Thing");
    thing.state_member = "ThingStatus";
    thing.create_operation = "CreateTrial";
    thing.describe_operation = "DescribeTrial";
    thing.list_operation = "ListTrials";
    thing.update_operation = "UpdateTrial";
    thing.delete_operation = "DeleteTrial";
    thing.list_member = "Things";
    thing.filters = ThingFilters();
    thing.words = {{"Colour", "spec.Colour"}, {"Weight", "spec.Weight"}, {"BoxName", "spec.BoxName"}};
    thing.orders = {{"COLOUR", "Colour"}};
    thing.missing = {kResourceNotFound, "No thing {name}."};
    thing.duplicate = {kResourceInUse, "Thing {name} is there: {arn}."};
    thing.stored = {"Colour", "Weight", "Labels", "Names"};
    thing.read = {"Wish"};
    thing.refused = {{"Network.Vpc", "it has no network."}};
    thing.updates = ThingUpdates();
    thing.token_member = "ClientToken";
    thing.role_member = "RoleArn";
    thing.uses = {{"SpareBoxName", BoxNoun}};
    thing.read.emplace_back("SpareBoxName");
    thing.parent_member = "BoxName";
    thing.parent = BoxNoun;
    thing.initial_state = "Idle";
    thing.prepare = [](Edit& edit) { edit.spec()["Granted"] = GetString(edit.input(), "Wish"); };
    thing.update = [](Edit& edit) {
      const std::string wish = GetString(edit.input(), "Wish");
      if (wish == "the moon") throw Error(kValidation, "Wish for less.");
      if (!wish.empty()) edit.spec()["Granted"] = wish;
    };
    thing.stop = [](Edit& edit) { edit.spec()["Stop"] = true; };
    thing.start = [](Edit& edit) {
      if (edit.spec().erase("Stop") == 0) throw Error(kValidation, "It was not stopped.");
    };
    // One that works is not gone at once.
    thing.erase = [](Edit& edit) {
      edit.spec()["Going"] = true;
      return edit.resource.state != "Working";
    };
    return thing;
  }();
  return noun;
}

class ThingWorld {
 public:
  ThingWorld() {
    for (const Noun* noun : {&BoxNoun(), &PartNoun(), &ThingNoun()}) AddVerbs(operations_, context_, *noun);
  }

  // What came of an operation: its answer, or the code and message of its error.
  struct Outcome {
    Json answer;
    std::string error{};
    bool operator==(const Outcome&) const = default;
  };
  Outcome Do(const std::string& operation, JsonObject input) {
    wire::Call call = CallOf(operation, std::move(input));
    return OutcomeOf([&] { return operations_.Find("sagemaker", operation)->handler(call); });
  }
  static Outcome OutcomeOf(const std::function<Json()>& act) {
    try {
      return {act()};
    } catch (const Error& error) {
      return {nullptr, std::string(error.kind().code) + ": " + error.what()};
    }
  }
  Outcome Create(JsonObject input) { return Do("CreateTrial", std::move(input)); }
  void CreateBox(const std::string& name, JsonObject more = {}) {
    more["BoxName"] = name;
    Do("CreateExperiment", std::move(more));
  }
  static wire::Call CallOf(const std::string& operation, JsonObject input) {
    const wire::Service& service = *wire::FindService("sagemaker");
    // Of one that the model does not have, no verb looks at it.
    const wire::Operation* model = service.FindOperation(operation);
    wire::Call call{service,          model == nullptr ? *service.FindOperation("UpdateTrial") : *model,
                    std::move(input), {},
                    "us-east-1",      "id"};
    call.principal.account = std::string(identity::kDefaultAccount);
    call.principal.arn = "arn:aws:iam::123456789012:user/ann";
    call.principal.user_id = "AIDAANN";
    return call;
  }
  std::vector<wire::Access> AccessesOf(const std::string& operation, JsonObject input) const {
    return operations_.Find("sagemaker", operation)->access(CallOf(operation, std::move(input)));
  }

  // What of several writers comes first, as often as there are rivals: one before each of the next commits.
  void LetComeFirst(std::vector<std::function<void()>> rivals) {
    came_first_ = 0;
    store_.BeforeWrite([this, rivals = std::move(rivals), is_rival = false]() mutable {
      if (is_rival || came_first_ == rivals.size()) return;
      is_rival = true;
      rivals[came_first_++]();
      is_rival = false;
    });
  }
  std::size_t came_first() const { return came_first_; }

  store::Resource Get(const Noun& noun, const std::string& name) const {
    const auto resource = store_.Get(KeyOf(noun, std::string(identity::kDefaultAccount), "us-east-1", name));
    return resource == nullptr ? store::Resource() : *resource;
  }
  bool Has(const Noun& noun, const std::string& name) const { return !Get(noun, name).uid.empty(); }
  void SetState(const std::string& thing, const std::string& state) {
    store::Resource copy = Get(ThingNoun(), thing);
    copy.state = state;
    store_.Update(copy);
  }
  // All that is kept, but for what the store counts by itself.
  std::map<store::Key, Json> Everything() const {
    std::map<store::Key, Json> all;
    for (const Noun* noun : {&BoxNoun(), &PartNoun(), &ThingNoun()}) {
      for (const auto& r : store_.All(noun->kind)) {
        all[r->key] = {r->spec, r->status, r->state.c_str(), r->created.milliseconds, r->modified.milliseconds};
      }
    }
    return all;
  }

  FakeClock& clock() { return clock_; }
  store::MemoryStore& store() { return store_; }
  const Context& context() const { return context_; }

 private:
  static std::vector<store::Attribute> AttributesOf(const store::Resource& resource) {
    std::vector<store::Attribute> attributes{{"ClientToken", GetString(resource.spec, "ClientToken")}};
    for (const auto& [name, path] : ThingNoun().words) {
      for (std::string& text : TextsAt(resource, path)) attributes.push_back({name, std::move(text)});
    }
    return attributes;
  }
  // Of what the verbs do not look at, one is enough.
  static const Context& Others() {
    static const ControllerWorld world;
    return world.context();
  }

  FakeClock clock_;
  store::MemoryStore store_{std::make_shared<store::MemoryContent>(), {.attributes = AttributesOf}};
  const Context context_{store_,
                         clock_,
                         Others().objects,
                         Others().object_keys,
                         Others().identity,
                         Others().api,
                         Others().runtime,
                         Others().images,
                         Others().capacity,
                         Others().logs,
                         Others().meter,
                         Others().metrics,
                         Others().router,
                         Others().workload_keys,
                         Others().chores,
                         Others().data,
                         Others().api_address};
  wire::OperationTable operations_;
  std::size_t came_first_ = 0;
};

}  // namespace sagebrush::sagemaker
