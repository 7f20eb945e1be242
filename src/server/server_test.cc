// The parts of a server, joined: each finds what it needs of the others.
#include "server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "sagemaker/controller_world.h"
#include "wire/call.h"
#include "wire/model.h"

namespace sagebrush::server {
namespace {

ServerOptions OptionsOf(const TemporaryDirectory& directory) {
  return {.data = directory.path(), .listen = "127.0.0.1:0"};
}

TEST(Server, KnowsWhatEachOperationNeedsAndWhoDoesIt) {
  const TemporaryDirectory directory;
  const Server server(OptionsOf(directory));
  for (const auto& [service, operations] : server.Operations().entries()) {
    const wire::Service* model = wire::FindService(service);
    ASSERT_NE(model, nullptr) << service;
    for (const auto& [name, entry] : operations) {
      EXPECT_NE(model->FindOperation(name), nullptr) << service << ":" << name;
      EXPECT_TRUE(entry.access) << service << ":" << name;
      EXPECT_NE(static_cast<bool>(entry.handler), static_cast<bool>(entry.async_handler)) << service << ":" << name;
    }
  }
}

TEST(Server, DrivesResourcesOfKindsThatItHas) {
  const sagemaker::ControllerWorld world;
  const auto controllers = sagemaker::MakeControllers(world.context());
  EXPECT_FALSE(controllers.empty());
  std::set<std::string> driven;
  for (const auto& controller : controllers) {
    const bool known = std::ranges::any_of(
        sagemaker::Nouns(), [&](const sagemaker::Noun* noun) { return noun->kind == controller->Kind(); });
    EXPECT_TRUE(known) << controller->Kind();
    EXPECT_TRUE(driven.insert(std::string(controller->Kind())).second) << controller->Kind() << " has two";
  }
}

TEST(Server, StartsAgainWithWhatItKept) {
  const TemporaryDirectory directory;
  std::string credentials;
  for (int start = 0; start < 2; ++start) {
    Server server(OptionsOf(directory));
    server.Start();
    const Json told = ParseJson(ReadFile(directory.path() / "server.json"));
    EXPECT_EQ(GetString(told, "Address"), server.Address());
    EXPECT_EQ(GetString(told, "TlsAddress"), server.TlsAddress());
    EXPECT_FALSE(server.Address().ends_with(":0"));
    if (start == 0) credentials = GetString(told, "SecretAccessKey");
    EXPECT_EQ(GetString(told, "SecretAccessKey"), credentials);
    server.Stop();
  }
}

TEST(Server, LeavesADirectoryThatIsInUseAlone) {
  const TemporaryDirectory directory;
  const Server first(OptionsOf(directory));
  try {
    const Server second(OptionsOf(directory));
    ADD_FAILURE() << "Two servers have one directory.";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("Another server (process " + std::to_string(::getpid())),
                               testing::HasSubstr(directory.path().string())));
  }
}

}  // namespace
}  // namespace sagebrush::server
