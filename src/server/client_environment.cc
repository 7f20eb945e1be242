#include "server/client_environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "server/authority_bundle.h"
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

// Under these names the clients of every language find authorities: botocore (and so boto3 and the AWS CLI), requests
// and pip; Go, OpenSSL, Python's ssl and rustls; curl, which looks at SSL_CERT_DIR before SSL_CERT_FILE; Node.
// AWS_CA_BUNDLE is not among them: version 1 of the SDK for Go ends with it when the program brings an HTTP client of
// its own, as rclone does ("unable to load custom CA bundle, HTTPClient's transport unsupported type").
constexpr std::array<const char*, 4> kBundleVariables{"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE",
                                                      "NODE_EXTRA_CA_CERTS"};

// A proxy at another place that the caller's programs use already.
constexpr std::array<const char*, 4> kProxyVariables{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"};

// What the proxy would refuse, so that programs go there themselves: they could before.
constexpr std::string_view kNoProxy =
    "127.0.0.1,localhost,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,fc00::/7,.local,"
    ".internal,.lan,.home.arpa";

std::string ValueOf(const Variables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second;
}

// `list` and what of `more` it lacks.
std::string Joined(std::string list, std::string_view more) {
  while (!more.empty()) {
    const std::string_view word = more.substr(0, more.find(','));
    more.remove_prefix(std::min(word.size() + 1, more.size()));
    if (("," + list + ",").find(fmt::format(",{},", word)) != std::string::npos) continue;
    list += fmt::format("{}{}", list.empty() ? "" : ",", word);
  }
  return list;
}

// The caller's proxy, which it would lose if we named ours; empty: none, or what an earlier `sagebrush env` named.
std::string OtherProxy(const Variables& caller) {
  for (const char* name : kProxyVariables) {
    const std::string value = ValueOf(caller, name);
    if (!value.empty() && value != ValueOf(caller, "AWS_ENDPOINT_URL")) return fmt::format("{}={}", name, value);
  }
  return "";
}

// Writes the bundle beside the SDK's configuration. Keeps what is there when it is right, or when the caller may read
// the directory only. False: there is none.
bool WriteBundle(const Path& file, const Path& own, const Variables& caller) {
  std::vector<std::string> names(kBundleVariables.begin(), kBundleVariables.end());
  names.emplace_back("AWS_CA_BUNDLE");
  std::vector<Path> more;
  for (const std::string& name : names) {
    const std::string value = ValueOf(caller, name);
    if (!value.empty() && Path(value) != file) more.emplace_back(value);
  }
  const auto bundle = AuthorityBundle(own, more);
  if (!bundle) return false;
  const bool is_there = std::filesystem::exists(file);
  if (is_there && ReadFile(file) == *bundle) return true;
  try {
    WriteFileDurably(file, *bundle);
  } catch (const Error&) {
    if (!is_there) throw;
  }
  return true;
}

void AddProxy(const Path& data, const Path& own, const Variables& caller, ClientEnvironment& environment) {
  const std::string other = OtherProxy(caller);
  if (!other.empty()) {
    environment.note = fmt::format(
        "{} stays: your programs need it. SDK calls to fixed *.amazonaws.com addresses go there, not to this server.",
        other);
    return;
  }
  const Path bundle = data / "client/authorities.pem";
  if (!WriteBundle(bundle, own, caller)) {
    environment.note =
        "No certificates of authorities were found on this machine (install ca-certificates), so SDK calls to fixed "
        "*.amazonaws.com addresses do not go to this server.";
    return;
  }
  for (const char* name : kBundleVariables) environment.set[name] = bundle.string();
  environment.set["HTTPS_PROXY"] = environment.set["AWS_ENDPOINT_URL"];
  environment.set["NO_PROXY"] = Joined(ValueOf(caller, "NO_PROXY"), kNoProxy);
  // Clients would prefer it to the bundle above, which holds what it names.
  if (caller.contains("AWS_CA_BUNDLE")) environment.unset.emplace_back("AWS_CA_BUNDLE");
}

}  // namespace

void WriteClientFiles(const Path& data, const std::string& region, const std::string& account,
                      const std::string& role_arn) {
  std::filesystem::create_directories(data / "client");
  WriteFileDurably(data / "client/sagemaker-config.yaml",
                   fmt::format(fmt::runtime(kSdkConfiguration),
                               fmt::arg("bucket", "sagemaker-" + region + "-" + account), fmt::arg("role", role_arn)));
}

ClientEnvironment ReadClientEnvironment(const Path& data, bool proxy, const Variables& caller) {
  RequireData(data);
  const Json server = ParseStoredJson(ReadFile(data / "server.json"), (data / "server.json").string());
  const Path absolute = std::filesystem::absolute(data).lexically_normal();
  ClientEnvironment environment;
  environment.set = {
      {"AWS_ENDPOINT_URL", "http://" + GetString(server, "Address")},
      {"AWS_REGION", GetString(server, "Region")},
      {"AWS_DEFAULT_REGION", GetString(server, "Region")},
      {"AWS_ACCESS_KEY_ID", GetString(server, "AccessKeyId")},
      {"AWS_SECRET_ACCESS_KEY", GetString(server, "SecretAccessKey")},
      {"AWS_EC2_METADATA_DISABLED", "true"},
      {"SAGEMAKER_ROLE", GetString(server, "RoleArn")},
      {"SAGEMAKER_USER_CONFIG_OVERRIDE", (absolute / "client/sagemaker-config.yaml").string()},
      {"SAGEBRUSH_DATA", absolute.string()},
  };
  if (proxy) AddProxy(absolute, GetString(server, "CaFile"), caller, environment);
  return environment;
}

Variables OwnEnvironment() {
  Variables variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace sagebrush::server
