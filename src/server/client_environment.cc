#include "server/client_environment.h"

#include <fmt/format.h>

#include "base/json.h"
#include "server/command.h"

namespace sagebrush::server {
namespace {

// Configuration of the SageMaker Python SDK (v2 and v3): https://sagemaker.readthedocs.io/en/stable/overview.html
constexpr std::string_view kSdkConfiguration =
    R"(# Written by `sagebrush serve`; read through SAGEMAKER_USER_CONFIG_OVERRIDE.
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: {bucket}
  TrainingJob:
    RoleArn: {role}
  Model:
    ExecutionRoleArn: {role}
)";

}  // namespace

void WriteClientFiles(const Path& data, const std::string& region, const std::string& account,
                      const std::string& role_arn) {
  std::filesystem::create_directories(data / "client");
  WriteFileDurably(data / "client/sagemaker-config.yaml",
                   fmt::format(fmt::runtime(kSdkConfiguration),
                               fmt::arg("bucket", "sagemaker-" + region + "-" + account), fmt::arg("role", role_arn)),
                   0644);
}

std::map<std::string, std::string> ClientEnvironment(const Path& data, bool proxy) {
  RequireData(data);
  const Json server = ParseStoredJson(ReadFile(data / "server.json"), (data / "server.json").string());
  const Path absolute = std::filesystem::absolute(data).lexically_normal();
  const std::string address = GetString(server, "Address");
  std::map<std::string, std::string> environment{
      {"AWS_ENDPOINT_URL", "http://" + address},
      {"AWS_REGION", GetString(server, "Region")},
      {"AWS_DEFAULT_REGION", GetString(server, "Region")},
      {"AWS_ACCESS_KEY_ID", GetString(server, "AccessKeyId")},
      {"AWS_SECRET_ACCESS_KEY", GetString(server, "SecretAccessKey")},
      {"AWS_EC2_METADATA_DISABLED", "true"},
      {"SAGEMAKER_ROLE", GetString(server, "RoleArn")},
      {"SAGEMAKER_USER_CONFIG_OVERRIDE", (absolute / "client/sagemaker-config.yaml").string()},
      {"SAGEBRUSH_DATA", absolute.string()},
  };
  if (proxy) {
    environment["AWS_CA_BUNDLE"] = GetString(server, "CaFile");
    environment["HTTPS_PROXY"] = "http://" + address;
    environment["NO_PROXY"] = "127.0.0.1,localhost";
  }
  return environment;
}

}  // namespace sagebrush::server
