#include "server/client_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "server/authority_bundle.h"

namespace sagebrush::server {
namespace {

using testing::HasSubstr;

class ClientEnvironmentTest : public testing::Test {
 protected:
  ClientEnvironmentTest() {
    WriteFileDurably(data_ / "ca.pem", "-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n");
    std::filesystem::create_directories(data_ / "client");
    WriteFileDurably(data_ / "server.json", ToText(JsonObject{{"Address", "127.0.0.1:8443"},
                                                              {"CaFile", (data_ / "ca.pem").string()},
                                                              {"Region", "us-east-1"}}));
    if (!AuthorityBundle(data_ / "ca.pem", {})) has_system_bundle_ = false;
  }
  ClientEnvironment Read(const Variables& caller, bool proxy = true) {
    return ReadClientEnvironment(data_, proxy, caller);
  }

  const TemporaryDirectory directory_;
  const Path data_ = directory_.path();
  bool has_system_bundle_ = true;
};

TEST_F(ClientEnvironmentTest, NamesOneBundleOfAllAuthoritiesUnderNamesThatProgramsBear) {
  if (!has_system_bundle_) GTEST_SKIP() << "This machine has no bundle of authorities.";
  const auto environment = Read({});
  const std::string bundle = environment.set.at("REQUESTS_CA_BUNDLE");
  EXPECT_EQ(environment.set.at("SSL_CERT_FILE"), bundle);
  EXPECT_EQ(environment.set.at("CURL_CA_BUNDLE"), bundle);
  EXPECT_EQ(environment.set.at("NODE_EXTRA_CA_CERTS"), bundle);
  EXPECT_FALSE(environment.set.contains("AWS_CA_BUNDLE"));
  EXPECT_EQ(ReadFile(bundle), AuthorityBundle(data_ / "ca.pem", {}));
  EXPECT_EQ(environment.set.at("HTTPS_PROXY"), "http://127.0.0.1:8443");
  EXPECT_EQ(environment.note, "");
}

TEST_F(ClientEnvironmentTest, KeepsTheCallersAuthoritiesAndIsFreshEachTime) {
  if (!has_system_bundle_) GTEST_SKIP() << "This machine has no bundle of authorities.";
  WriteFileDurably(data_ / "corporate.pem", "-----BEGIN CERTIFICATE-----\ncorp\n-----END CERTIFICATE-----\n");
  const auto first = Read({{"AWS_CA_BUNDLE", (data_ / "corporate.pem").string()}});
  const std::string bundle = first.set.at("SSL_CERT_FILE");
  EXPECT_THAT(first.unset, testing::ElementsAre("AWS_CA_BUNDLE"));
  EXPECT_THAT(ReadFile(bundle), HasSubstr("\ncorp\n"));
  // What an earlier call named is no authority of the caller's own.
  Read({{"SSL_CERT_FILE", bundle}});
  EXPECT_THAT(ReadFile(bundle), testing::Not(HasSubstr("\ncorp\n")));
}

TEST_F(ClientEnvironmentTest, LeavesAProxyOfTheCallersOwnAlone) {
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
    const auto environment = Read({{name, "http://proxy.example:3128"}});
    EXPECT_FALSE(environment.set.contains("HTTPS_PROXY")) << name;
    EXPECT_FALSE(environment.set.contains("SSL_CERT_FILE")) << name;
    EXPECT_THAT(environment.note, HasSubstr("http://proxy.example:3128 stays"));
  }
}

TEST_F(ClientEnvironmentTest, ReplacesWhatAnEarlierServerLeft) {
  if (!has_system_bundle_) GTEST_SKIP() << "This machine has no bundle of authorities.";
  const auto environment = Read({{"HTTPS_PROXY", "http://127.0.0.1:1"}, {"AWS_ENDPOINT_URL", "http://127.0.0.1:1"}});
  EXPECT_EQ(environment.set.at("HTTPS_PROXY"), "http://127.0.0.1:8443");
}

TEST_F(ClientEnvironmentTest, AddsToTheHostsThatNeedNoProxy) {
  if (!has_system_bundle_) GTEST_SKIP() << "This machine has no bundle of authorities.";
  const std::string first = Read({{"NO_PROXY", "git.example,localhost"}}).set.at("NO_PROXY");
  EXPECT_THAT(first, testing::StartsWith("git.example,localhost,127.0.0.1,"));
  EXPECT_EQ(Read({{"NO_PROXY", first}}).set.at("NO_PROXY"), first);
}

TEST_F(ClientEnvironmentTest, HasNeitherProxyNorBundleWhereNoneIsWanted) {
  const auto environment = Read({{"AWS_CA_BUNDLE", "/corporate.pem"}}, false);
  for (const char* name : {"HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"}) {
    EXPECT_FALSE(environment.set.contains(name)) << name;
  }
  EXPECT_TRUE(environment.unset.empty());
}

}  // namespace
}  // namespace sagebrush::server
