#include "server/authority_bundle.h"

#include <gtest/gtest.h>

namespace sagebrush::server {
namespace {

std::string Certificate(const std::string& body) {
  return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
}

class AuthorityBundleTest : public testing::Test {
 protected:
  Path Write(const std::string& name, const std::string& text) {
    WriteFileDurably(directory_.path() / name, text);
    return directory_.path() / name;
  }
  const TemporaryDirectory directory_;
  const Path own_ = Write("own.pem", Certificate("own"));
};

TEST_F(AuthorityBundleTest, HoldsTheSystemsTheCallersAndOurAuthoritiesOnceEach) {
  const Path system = Write("system.pem", "# a comment\n" + Certificate("a") + "\n" + Certificate("b"));
  const Path more = Write("more.pem", Certificate("b") + Certificate("corporate") + Certificate("own"));
  EXPECT_EQ(AuthorityBundle(own_, {more, directory_.path() / "missing.pem"}, {"/nowhere", system}),
            Certificate("a") + Certificate("b") + Certificate("corporate") + Certificate("own"));
}

TEST_F(AuthorityBundleTest, IsNotMadeOfOursAlone) {
  EXPECT_EQ(AuthorityBundle(own_, {}, {"/nowhere"}), std::nullopt);
  EXPECT_EQ(AuthorityBundle(own_, {}, {Write("empty.pem", "")}), std::nullopt);
  EXPECT_EQ(AuthorityBundle(own_, {}, {Write("cut.pem", "-----BEGIN CERTIFICATE-----\nabc")}), std::nullopt);
  EXPECT_EQ(AuthorityBundle(own_, {}, {directory_.path()}), std::nullopt);
}

}  // namespace
}  // namespace sagebrush::server
