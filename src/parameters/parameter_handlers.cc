// Parameters themselves: put, read, deleted; the labels of their versions.
#include "parameters/parameter_handlers.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/id.h"
#include "base/text.h"
#include "parameters/parameter_errors.h"
#include "parameters/parameter_form.h"
#include "parameters/parameter_value.h"

namespace sagebrush::parameters {
namespace {

constexpr std::size_t kVersionsMax = 100;
constexpr std::size_t kLabelsMax = 10;  // Of a version.
constexpr std::size_t kLabelSizeMax = 100;

// The oldest version gives way to a new one when there are a hundred, unless it has a label.
std::optional<std::int64_t> TakeOldest(JsonArray& versions) {
  if (versions.size() < kVersionsMax) return std::nullopt;
  if (!versions.front().at("Labels").as_array().empty()) {
    throw Error(kVersionLimit, fmt::format("The parameter has {} versions, and the oldest has a label: move it to a "
                                           "newer version.",
                                           kVersionsMax));
  }
  const std::int64_t number = GetInt(versions.front(), "Version");
  versions.erase(versions.begin());
  return number;
}

store::Resource NewParameter(const wire::Call& call, const store::Key& key, Time now) {
  store::Resource parameter;
  parameter.key = key;
  parameter.uid = NewUuid();
  parameter.created = now;
  parameter.status = JsonObject();
  const Json* const tags = Find(call.input, "Tags");
  parameter.spec = {{"Tags", tags == nullptr ? Json(JsonArray()) : *tags}, {"Versions", JsonArray()}};
  return parameter;
}

void CheckOverwrite(const wire::Call& call, const store::Resource* before) {
  const bool overwrite = GetBool(call.input, "Overwrite");
  if (before != nullptr && !overwrite) {
    throw Error(kParameterExists,
                "The parameter already exists. To overwrite this value, set the overwrite option in "
                "the request to true.");
  }
  if (overwrite && Find(call.input, "Tags") != nullptr) {
    throw Error(kValidation,
                "Invalid request: tags and overwrite can't be used together. To create a parameter with "
                "tags, please remove overwrite flag. To update tags for an existing parameter, please use "
                "AddTagsToResource or RemoveTagsFromResource.");
  }
}

// False: another writer came first.
bool PutVersion(const ParametersContext& context, const wire::Call& call, const store::Resource* before,
                store::Resource& parameter, JsonObject spec) {
  const Time now = context.clock.Now();
  const std::int64_t number = before == nullptr ? 1 : LastVersion(*before) + 1;
  JsonArray& versions = parameter.spec.at("Versions").as_array();
  const auto oldest = TakeOldest(versions);
  const auto dropped = oldest ? context.store.Get(VersionKey(parameter, *oldest)) : nullptr;
  versions.push_back({{"Version", number}, {"Labels", JsonArray()}});
  spec["LastModifiedUser"] = call.principal.arn;
  for (const auto& [member, value] : spec) parameter.spec.as_object()[member] = value;
  store::Resource version;
  version.key = VersionKey(parameter, number);
  version.created = version.modified = parameter.modified = now;
  version.status = JsonObject();
  spec["Value"] = KeepValue(context, call, parameter.key, spec, GetString(call.input, "Value"));
  version.spec = std::move(spec);
  std::vector<store::Write> writes{
      before == nullptr ? store::Write::Insert(parameter) : store::Write::Update(parameter),
      store::Write::Insert(version)};
  if (dropped != nullptr) writes.push_back(store::Write::Delete(*dropped));
  return !context.store.Commit(writes);
}

// Whether AWS takes it for a label.
bool IsLabel(std::string_view label) {
  const auto is_valid = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-").find(c) != std::string_view::npos;
  };
  const std::string lower = Lower(label);
  return label.size() <= kLabelSizeMax && std::ranges::all_of(label, is_valid) &&
         !(label[0] >= '0' && label[0] <= '9') && !lower.starts_with("aws") && !lower.starts_with("ssm");
}

void RemoveLabel(store::Resource& parameter, const Json& label) {
  for (Json& version : parameter.spec.at("Versions").as_array()) {
    JsonArray& labels = version.at("Labels").as_array();
    const auto rest = std::ranges::remove(labels, label);
    labels.erase(rest.begin(), rest.end());
  }
}

Json& VersionForChange(store::Resource& parameter, std::int64_t number) {
  SelectVersion(parameter, std::to_string(number));  // Throws when it is not there.
  return *std::ranges::find_if(parameter.spec.at("Versions").as_array(),
                               [&](const Json& version) { return GetInt(version, "Version") == number; });
}

}  // namespace

ParameterPointer FindParameter(const ParametersContext& context, const wire::Call& call, const std::string& name) {
  auto found = context.store.Get(ParameterKey(call.account(), call.region, name));
  // An ARN does not tell "/name" from "name".
  if (found == nullptr && name.find('/') == std::string::npos)
    found = context.store.Get(ParameterKey(call.account(), call.region, "/" + name));
  return found;
}

ParameterPointer RequireParameter(const ParametersContext& context, const wire::Call& call, const std::string& name) {
  auto parameter = FindParameter(context, call, name);
  if (parameter == nullptr) throw Error(kParameterNotFound, fmt::format("Parameter {} not found.", name));
  return parameter;
}

JsonObject Show(const ParametersContext& context, const wire::Call& call, const store::Resource& parameter,
                const std::string& selector) {
  const std::int64_t number = GetInt(SelectVersion(parameter, selector), "Version");
  const auto version = context.store.Get(VersionKey(parameter, number));
  if (version == nullptr) throw Error(kParameterNotFound, fmt::format("Parameter {} not found.", parameter.key.name));
  JsonObject out{
      {"Name", parameter.key.name},
      {"Type", version->spec.at("Type")},
      {"Value", ShowValue(context, call, parameter.key, version->spec, GetBool(call.input, "WithDecryption"))},
      {"Version", number},
      {"LastModifiedDate", version->created.ToEpochSeconds()},
      {"ARN", ArnOf(parameter.key)},
      {"DataType", version->spec.at("DataType")}};
  if (!selector.empty()) out["Selector"] = ":" + selector;
  return out;
}

Json PutParameter(const ParametersContext& context, wire::Call& call) {
  const std::string name = ReadName(GetString(call.input, "Name")).name;
  CheckName(name);
  if (GetString(call.input, "Value").empty()) throw Error(kValidation, "The Value must have at least one character.");
  for (;;) {
    const ParameterPointer before = context.store.Get(ParameterKey(call.account(), call.region, name));
    CheckOverwrite(call, before.get());
    JsonObject spec = NextSpec(call.input, before.get());
    CheckPattern(GetString(spec, "AllowedPattern"), GetString(call.input, "Value"));
    store::Resource parameter =
        before != nullptr ? *before
                          : NewParameter(call, ParameterKey(call.account(), call.region, name), context.clock.Now());
    const Json tier = spec.at("Tier");
    if (PutVersion(context, call, before.get(), parameter, std::move(spec)))
      return {{"Version", LastVersion(parameter)}, {"Tier", tier}};
  }
}

Json GetParameter(const ParametersContext& context, wire::Call& call) {
  const ParameterName name = ReadName(GetString(call.input, "Name"));
  return {{"Parameter", Show(context, call, *RequireParameter(context, call, name.name), name.selector)}};
}

Json GetParameters(const ParametersContext& context, wire::Call& call) {
  JsonArray found;
  JsonArray invalid;
  for (const Json& text : call.input.at("Names").as_array()) {
    const ParameterName name = ReadName(std::string_view(text.as_string()));
    try {
      found.push_back(Show(context, call, *RequireParameter(context, call, name.name), name.selector));
    } catch (const Error& error) {
      const std::string_view code = error.kind().code;
      if (code != kParameterNotFound.code && code != kVersionNotFound.code) throw;
      invalid.push_back(text);
    }
  }
  return {{"Parameters", std::move(found)}, {"InvalidParameters", std::move(invalid)}};
}

void Delete(const ParametersContext& context, const wire::Call& call, const std::string& name) {
  for (;;) {
    const ParameterPointer parameter = FindParameter(context, call, name);
    if (parameter == nullptr) return;
    std::vector<ParameterPointer> versions;
    std::vector<store::Write> writes{store::Write::Delete(*parameter)};
    for (const Json& row : VersionsOf(*parameter)) {
      auto version = context.store.Get(VersionKey(*parameter, GetInt(row, "Version")));
      if (version == nullptr) continue;
      writes.push_back(store::Write::Delete(*version));
      versions.push_back(std::move(version));
    }
    if (!context.store.Commit(writes)) return;
  }
}

Json DeleteParameter(const ParametersContext& context, wire::Call& call) {
  const std::string name = ReadName(GetString(call.input, "Name")).name;
  RequireParameter(context, call, name);
  Delete(context, call, name);
  return {};
}

Json DeleteParameters(const ParametersContext& context, wire::Call& call) {
  JsonArray deleted;
  JsonArray invalid;
  for (const Json& text : call.input.at("Names").as_array()) {
    const std::string name = ReadName(std::string_view(text.as_string())).name;
    const bool is_there = FindParameter(context, call, name) != nullptr;
    if (is_there) Delete(context, call, name);
    (is_there ? deleted : invalid).push_back(text);
  }
  return {{"DeletedParameters", std::move(deleted)}, {"InvalidParameters", std::move(invalid)}};
}

Json LabelParameterVersion(const ParametersContext& context, wire::Call& call) {
  const std::string name = ReadName(GetString(call.input, "Name")).name;
  for (;;) {
    store::Resource parameter = *RequireParameter(context, call, name);
    const Json* const given = Find(call.input, "ParameterVersion");
    const std::int64_t number = given == nullptr ? LastVersion(parameter) : given->to_number<std::int64_t>();
    VersionForChange(parameter, number);
    JsonArray invalid;
    for (const Json& label : call.input.at("Labels").as_array()) {
      if (!IsLabel(std::string_view(label.as_string()))) {
        invalid.push_back(label);
        continue;
      }
      RemoveLabel(parameter, label);
      VersionForChange(parameter, number).at("Labels").as_array().push_back(label);
    }
    if (VersionForChange(parameter, number).at("Labels").as_array().size() > kLabelsMax)
      throw Error(kLabelLimit, fmt::format("A version has at most {} labels.", kLabelsMax));
    if (context.store.Update(parameter)) return {{"InvalidLabels", std::move(invalid)}, {"ParameterVersion", number}};
  }
}

Json UnlabelParameterVersion(const ParametersContext& context, wire::Call& call) {
  const std::string name = ReadName(GetString(call.input, "Name")).name;
  const auto number = call.input.at("ParameterVersion").to_number<std::int64_t>();
  for (;;) {
    store::Resource parameter = *RequireParameter(context, call, name);
    JsonArray& labels = VersionForChange(parameter, number).at("Labels").as_array();
    JsonArray removed;
    JsonArray invalid;
    for (const Json& label : call.input.at("Labels").as_array()) {
      const auto found = std::ranges::find(labels, label);
      (found != labels.end() ? removed : invalid).push_back(label);
      if (found != labels.end()) labels.erase(found);
    }
    if (context.store.Update(parameter))
      return {{"RemovedLabels", std::move(removed)}, {"InvalidLabels", std::move(invalid)}};
  }
}

}  // namespace sagebrush::parameters
