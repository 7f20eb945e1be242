#include "identity/server_key.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::identity {
namespace {

constexpr const char* kMaster = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";  // 0123...01

class ServerKeyTest : public testing::Test {
 protected:
  std::string Failure(const MasterKeySource& master) {
    try {
      ServerKey::OpenOrCreate(file_, master);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TemporaryDirectory directory_;
  const Path file_ = directory_.path() / "server.key";
  const MasterKeySource command_{.command = std::string("echo ") + kMaster};
};

TEST_F(ServerKeyTest, OpensWhatItSealedForTheSamePurposeOnly) {
  const std::string sealed = ServerKey::OpenOrCreate(file_).Seal("text", "purpose");
  const ServerKey key = ServerKey::OpenOrCreate(file_);
  EXPECT_EQ(key.Unseal(sealed, "purpose"), "text");
  EXPECT_EQ(key.Unseal(sealed, "other"), std::nullopt);
}

TEST_F(ServerKeyTest, AMasterKeySealsTheFileAndWhatWasSealedBeforeOpens) {
  const std::string sealed = ServerKey::OpenOrCreate(file_).Seal("text", "purpose");
  const std::string plain = ReadFile(file_);
  EXPECT_EQ(ServerKey::OpenOrCreate(file_, command_).Unseal(sealed, "purpose"), "text");
  EXPECT_EQ(ReadFile(file_).find(plain), std::string::npos);
  EXPECT_EQ(ServerKey::OpenOrCreate(file_, command_).Unseal(sealed, "purpose"), "text");
}

TEST_F(ServerKeyTest, AnotherMasterKeyOrNoneIsRefused) {
  ServerKey::OpenOrCreate(file_, command_);
  EXPECT_NE(Failure({}).find("--master-key-variable"), std::string::npos);
  EXPECT_NE(Failure({.command = "head -c 32 /dev/zero | base64"}).find("another master key"), std::string::npos);
}

TEST_F(ServerKeyTest, TheVariableIsTakenOutOfTheEnvironment) {
  ::setenv("SAGEBRUSH_TEST_KEY", kMaster, 1);
  ServerKey::OpenOrCreate(file_, {.variable = "SAGEBRUSH_TEST_KEY"});
  EXPECT_EQ(std::getenv("SAGEBRUSH_TEST_KEY"), nullptr);
  EXPECT_EQ(Failure(command_), "");  // The same key, from elsewhere.
}

TEST_F(ServerKeyTest, WhatIsNoMasterKeyIsNamedWithoutItsText) {
  EXPECT_NE(Failure({.variable = "SAGEBRUSH_TEST_NONE"}).find("SAGEBRUSH_TEST_NONE"), std::string::npos);
  EXPECT_NE(Failure({.command = "exit 3"}).find("exit with 0"), std::string::npos);
  ::setenv("SAGEBRUSH_TEST_KEY", "c2hvcnQ=", 1);
  const std::string failure = Failure({.variable = "SAGEBRUSH_TEST_KEY"});
  EXPECT_NE(failure.find("32 bytes"), std::string::npos);
  EXPECT_EQ(failure.find("c2hvcnQ="), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace sagebrush::identity
