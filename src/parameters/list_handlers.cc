// Lists of parameters and of the versions of one. A page may have fewer than MaxResults where filters leave some out;
// the client follows NextToken all the same.
#include <charconv>

#include "parameters/parameter_errors.h"
#include "parameters/parameter_filters.h"
#include "parameters/parameter_handlers.h"
#include "parameters/parameter_value.h"

namespace sagebrush::parameters {
namespace {

constexpr std::int64_t kPathPage = 10;
constexpr std::int64_t kPage = 50;

store::Page PageOf(const ParametersContext& context, const wire::Call& call, store::ListQuery query,
                   std::int64_t limit) {
  query.kind = kParameterKind;
  query.account = call.account();
  query.region = call.region;
  query.limit = static_cast<int>(GetInt(call.input, "MaxResults", limit));
  query.page_token = GetString(call.input, "NextToken");
  try {
    return context.store.List(query);
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) throw;
    throw Error(kInvalidToken, "The NextToken is not one that this list has returned.");
  }
}

Json Answer(JsonArray parameters, const std::string& next_token) {
  JsonObject out{{"Parameters", std::move(parameters)}};
  if (!next_token.empty()) out["NextToken"] = next_token;
  return out;
}

// What a list shows of a parameter or version, besides its value.
JsonObject Described(const store::Resource& of, const std::string& name, std::int64_t version) {
  JsonObject out{{"Name", name}, {"Version", version}, {"LastModifiedDate", of.modified.ToEpochSeconds()}};
  for (const char* member :
       {"Type", "KeyId", "LastModifiedUser", "Description", "AllowedPattern", "Tier", "DataType"}) {
    if (const Json* const value = Find(of.spec, member)) out[member] = *value;
  }
  return out;
}

// The place in the history where a page begins.
std::size_t StartOf(const Json& input) {
  const std::string token = GetString(input, "NextToken");
  std::size_t start = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), start);
  if (!token.empty() && (error != std::errc() || end != token.data() + token.size()))
    throw Error(kInvalidToken, "The NextToken is not one that this list has returned.");
  return start;
}

}  // namespace

Json GetParametersByPath(const ParametersContext& context, wire::Call& call) {
  const std::string path = GetString(call.input, "Path");
  if (!path.starts_with('/'))
    throw Error(kValidation, "The parameter doesn't meet the parameter name requirements: a Path begins with /.");
  CheckFilters(call.input, "Type KeyId Label");
  const bool one_level = !GetBool(call.input, "Recursive");
  store::ListQuery query;
  query.where = [path, one_level](const store::Outline& outline) { return LiesBelow(outline.name, path, one_level); };
  query.where_text = (one_level ? "below " : "anywhere below ") + path;
  const store::Page page = PageOf(context, call, std::move(query), kPathPage);
  JsonArray parameters;
  for (const auto& parameter : page.resources) {
    if (FitsFilters(*parameter, call.input)) parameters.push_back(Show(context, call, *parameter, ""));
  }
  return Answer(std::move(parameters), page.next_token);
}

Json DescribeParameters(const ParametersContext& context, wire::Call& call) {
  if (GetBool(call.input, "Shared"))
    throw Error(kValidation, "Shared is refused: no parameters of other accounts are shared with this one.");
  CheckFilters(call.input, "Name Type KeyId Path Label Tier DataType tag:");
  const store::Page page = PageOf(context, call, {}, kPage);
  JsonArray parameters;
  for (const auto& parameter : page.resources) {
    if (!FitsFilters(*parameter, call.input)) continue;
    JsonObject shown = Described(*parameter, parameter->key.name, LastVersion(*parameter));
    shown["ARN"] = ArnOf(parameter->key);
    parameters.push_back(std::move(shown));
  }
  return Answer(std::move(parameters), page.next_token);
}

Json GetParameterHistory(const ParametersContext& context, wire::Call& call) {
  const ParameterPointer parameter = RequireParameter(context, call, ReadName(GetString(call.input, "Name")).name);
  const JsonArray& versions = VersionsOf(*parameter);
  const std::size_t start = StartOf(call.input);
  const std::size_t end =
      std::min(versions.size(), start + static_cast<std::size_t>(GetInt(call.input, "MaxResults", kPage)));
  JsonArray history;
  for (std::size_t i = start; i < end; ++i) {
    const std::int64_t number = GetInt(versions[i], "Version");
    const auto version = context.store.Get(VersionKey(*parameter, number));
    if (version == nullptr) continue;
    JsonObject shown = Described(*version, parameter->key.name, number);
    shown["Value"] = ShowValue(context, call, parameter->key, version->spec, GetBool(call.input, "WithDecryption"));
    shown["Labels"] = versions[i].at("Labels");
    history.push_back(std::move(shown));
  }
  return Answer(std::move(history), end < versions.size() ? std::to_string(end) : "");
}

}  // namespace sagebrush::parameters
