// Conformance: whatever is stored, every noun's Describe and List answer, in the form of the service model.
#include <gtest/gtest.h>

#include <random>

#include "base/log.h"
#include "sagemaker/controller_world.h"
#include "wire/json_protocol.h"
#include "wire/validate.h"

namespace sagebrush::sagemaker {
namespace {

// Documents of a shape: every required member, some of the others, short lists, values that the model allows.
class RandomDocument {
 public:
  explicit RandomDocument(unsigned seed) : random_(seed) {}

  Json Of(const wire::Shape& shape, int depth = 0) {
    switch (shape.type()) {
      case wire::ShapeType::kStructure:
        return Structure(shape, depth);
      case wire::ShapeType::kList: {
        JsonArray list;
        const auto least = shape.has_min() ? static_cast<std::size_t>(shape.min()) : 0;
        for (std::size_t i = 0; i < std::max<std::size_t>(least, Below(3)); ++i) {
          list.push_back(Of(shape.element().shape(), depth + 1));
        }
        return list;
      }
      case wire::ShapeType::kMap: {
        JsonObject map;
        if (Below(2) == 0) map[Of(shape.key().shape()).as_string()] = Of(shape.value().shape(), depth + 1);
        return map;
      }
      case wire::ShapeType::kBoolean:
        return Below(2) == 0;
      case wire::ShapeType::kInteger:
      case wire::ShapeType::kLong:
        return Number(shape);
      case wire::ShapeType::kFloat:
      case wire::ShapeType::kDouble:
      case wire::ShapeType::kTimestamp:
        return static_cast<double>(Number(shape)) + 0.5;
      default:
        return String(shape);
    }
  }

  // Takes nodes out, or leaves null in their place: what another version or a half-done step may have stored.
  void Thin(Json& value) {
    if (value.is_object()) {
      std::vector<std::string> gone;
      for (auto& member : value.as_object()) {
        if (Below(4) == 0) {
          gone.emplace_back(member.key());
        } else {
          Thin(member.value());
        }
      }
      for (const std::string& name : gone) {
        if (Below(2) == 0) {
          value.as_object().erase(name);
        } else {
          value.as_object()[name] = nullptr;
        }
      }
    } else if (value.is_array()) {
      for (Json& element : value.as_array()) Thin(element);
      if (Below(4) == 0) value.as_array().clear();
    }
  }
  std::size_t Below(std::size_t limit) { return random_() % limit; }

 private:
  Json Structure(const wire::Shape& shape, int depth) {
    JsonObject object;
    const std::size_t chosen = shape.member_count() == 0 ? 0 : Below(shape.member_count());  // Of a union.
    for (std::size_t i = 0; i < shape.member_count(); ++i) {
      const wire::Member member = shape.member(i);
      const bool wanted = shape.is_union() ? i == chosen : member.required() || (depth < 6 && Below(2) == 0);
      if (wanted) object[member.name()] = Of(member.shape(), depth + 1);
    }
    return object;
  }
  std::int64_t Number(const wire::Shape& shape) {
    const auto least = shape.has_min() ? static_cast<std::int64_t>(shape.min()) : 0;
    const auto most = shape.has_max() ? static_cast<std::int64_t>(shape.max()) : least + 1000;
    return least + static_cast<std::int64_t>(Below(static_cast<std::size_t>(std::max<std::int64_t>(most - least, 1))));
  }
  Json String(const wire::Shape& shape) {
    if (shape.enum_count() > 0) return Json(shape.enum_value(Below(shape.enum_count())));
    return std::string(std::max<std::size_t>(1, shape.has_min() ? static_cast<std::size_t>(shape.min()) : 1), 'x')
        .c_str();
  }

  std::mt19937 random_;
};

class NounViews : public testing::TestWithParam<const Noun*> {
 protected:
  NounViews() { SetLogSeverity(Severity::kError); }
  ~NounViews() override { SetLogSeverity(Severity::kInfo); }

  store::Resource Random(RandomDocument& random, const std::string& name) {
    store::Resource resource;
    resource.key = KeyOf(noun, std::string(identity::kDefaultAccount), "us-east-1", name);
    resource.spec = random.Of(service.FindOperation(noun.create_operation)->input());
    resource.spec.as_object()[noun.name_member] = name;
    resource.spec.as_object()["CreatedBy"] = JsonObject();  // As Create adds it.
    if (noun.name == "ImageVersion") resource.key.name += "/1";
    if (noun.name == "ModelCard") resource.spec.as_object()["ModelCardVersion"] = 1;
    const auto description = service.FindOperation(noun.describe_operation)->output();
    resource.status = random.Of(description);
    for (const auto& member : resource.spec.as_object()) resource.status.as_object().erase(member.key());
    if (noun.name == "Endpoint") {  // Its status has a form of its own (endpoint_plan.h).
      const Json variants = ParseJson(R"([{"VariantName": "v", "InstanceType": "ml.m5.large", "InstanceCount": 1,
          "Weight": 1.5, "Container": {"Image": "x/xgboost:1"}, "ModelName": "m", "RoutingStrategy": "RANDOM"}])");
      resource.spec.as_object()["Variants"] = variants;
      resource.spec.as_object()["Generation"] = 2;
      resource.status = {
          {"Serving", {{"Generation", 1}, {"Fleet", 1}, {"EndpointConfigName", "c"}, {"Variants", variants}}},
          {"FailedGeneration", 2},
          {"FailureReason", "It did not fit."},
          {"Waiting", "Waiting for room."}};
      Json extra = resource.spec.at("Variants");
      random.Thin(extra);
      if (random.Below(3) == 0) resource.spec.as_object()["Variants"] = extra;
      if (random.Below(5) == 0) resource.spec.as_object().erase("Variants");
    }
    random.Thin(resource.status);
    if (!noun.state_member.empty()) {
      const auto states = description.FindMember(noun.state_member).shape();
      resource.state = states.enum_value(random.Below(states.enum_count()));
    }
    resource.created = resource.modified = Time{1'700'000'000'000};
    return resource;
  }
  // The input of Describe; a key of several members is joined by "/" in the store.
  JsonObject NamedAs(const store::Key& key) const {
    JsonObject input;
    std::string_view rest = key.name;
    for (const std::string& member : noun.key_members) {
      if (rest.empty()) break;  // What is left are other ways to say the same.
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      const auto shape = service.FindOperation(noun.describe_operation)->input().FindMember(member).shape();
      const std::string part(rest.substr(0, slash));
      input[member] = member.ends_with("Arn")                     ? Json(ArnOf(noun, key))
                      : shape.type() == wire::ShapeType::kInteger ? Json(std::stoll(part))
                                                                  : Json(part);
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    return input;
  }
  void ExpectForm(const std::string& operation, const Json& output) {
    const auto shape = service.FindOperation(operation)->output();
    std::string text;
    EXPECT_NO_THROW(wire::AppendJsonBody(shape, output, text));
    for (const std::string& violation : wire::FindViolations(shape, wire::ReadJsonBody(shape, text))) {
      // Of what the view adds: what it copies is as it was stored, and no text here is made for a pattern.
      const std::size_t name = violation.find(" at '") + 5;
      std::string path = violation.substr(name, violation.find('\'', name) - name);
      path[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(path[0])));
      const bool copied = static_cast<bool>(service.FindOperation(noun.create_operation)->input().FindMember(path));
      const bool is_own = path.find('.') == std::string::npos && !copied;
      if (is_own && violation.find("must not be null") != std::string::npos) ADD_FAILURE() << violation << "\n" << text;
    }
  }

  const Noun& noun = *GetParam();
  const wire::Service& service = *wire::FindService("sagemaker");
  ControllerWorld world_;
};

// W4: DescribeEndpoint answered 500 once a deployment had failed while another waited.
TEST_P(NounViews, AnswerForWhateverIsStored) {
  if (noun.create_operation.empty() || noun.describe_operation.empty() || noun.list_operation.empty()) return;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomDocument random(seed);
    store::Resource resource = Random(random, fmt::format("n{}", seed));
    ASSERT_TRUE(world_.context().store.Insert(resource));
    try {
      ExpectForm(noun.describe_operation, world_.Call(noun.describe_operation, NamedAs(resource.key)));
      ExpectForm(noun.list_operation, world_.Call(noun.list_operation, {{"NameContains", fmt::format("n{}", seed)}}));
      ExpectForm("ListTags", world_.Call("ListTags", {{"ResourceArn", ArnOf(noun, resource.key)}}));
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what() << "\n" << ToText(resource.spec) << "\n" << ToText(resource.status);
    }
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, NounViews, testing::ValuesIn(Nouns()),
                         [](const auto& info) { return info.param->name; });

}  // namespace
}  // namespace sagebrush::sagemaker
