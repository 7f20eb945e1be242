#include "parameters/parameter_value.h"

#include "base/encoding.h"
#include "keys/envelope.h"
#include "parameters/parameter_errors.h"

namespace sagebrush::parameters {
namespace {

constexpr char kService[] = "ssm";

JsonObject ContextOf(const store::Key& parameter) { return {{"PARAMETER_ARN", ArnOf(parameter)}}; }

bool IsSecure(const Json& spec) { return GetString(spec, "Type") == kSecureString; }
bool IsAdvanced(const Json& spec) { return GetString(spec, "Tier") == kAdvanced; }

// KMS's, in Parameter Store's words.
[[noreturn]] void Rethrow(const Error& error) {
  if (error.kind().fault == Fault::kServer || error.kind().code == kKmsDenied.code) throw error;
  throw Error(kInvalidKeyId, std::string("The KMS key of the parameter cannot be used: ") + error.what());
}

}  // namespace

Json KeepValue(const ParametersContext& context, const wire::Call& call, const store::Key& parameter, const Json& spec,
               std::string_view value) {
  if (!IsSecure(spec)) return Json(value);
  const std::string key = GetString(spec, "KeyId");
  try {
    if (IsAdvanced(spec)) return keys::SealUnderKey(context.api, call, kService, key, ContextOf(parameter), value);
    return Json(ToBase64(keys::EncryptUnderKey(context.api, call, kService, key, ContextOf(parameter), value)));
  } catch (const Error& error) {
    Rethrow(error);
  }
}

std::string ShowValue(const ParametersContext& context, const wire::Call& call, const store::Key& parameter,
                      const Json& spec, bool decrypt) {
  const Json& value = spec.at("Value");
  const bool is_envelope = value.is_object();
  if (!IsSecure(spec) || !decrypt) return is_envelope ? GetString(value, "Sealed") : GetString(spec, "Value");
  try {
    if (is_envelope)
      return std::string(keys::OpenEnvelope(context.api, call, kService, value, ContextOf(parameter)).view());
    std::string blob;
    FromBase64(GetString(spec, "Value"), blob);
    return std::string(keys::DecryptUnderKey(context.api, call, kService, ContextOf(parameter), blob).view());
  } catch (const Error& error) {
    Rethrow(error);
  }
}

}  // namespace sagebrush::parameters
