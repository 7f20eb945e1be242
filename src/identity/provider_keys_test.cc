#include "identity/provider_keys.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

constexpr const char* kIssuer = "https://issuer.example.com";
// The public key of RFC 7515, appendix A.3.
constexpr const char* kEcKey = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                               R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

class ProviderKeysTest : public ::testing::Test {
 protected:
  std::string Fetch(const std::string& url) {
    ++fetched_;
    if (fails_) throw Error(kProviderUnreachable, "It is down.");
    if (url.ends_with("openid-configuration"))
      return R"({"issuer":"https://issuer.example.com","jwks_uri":"https://k"})";
    return R"({"keys":[)" + std::string(kEcKey) + "]}";
  }

  std::string Code(const std::string& key_id = "") {
    try {
      keys_.Get(kIssuer, key_id, {});
      return "";
    } catch (const Error& error) {
      return std::string(error.kind().code);
    }
  }

  FakeClock clock_;
  int fetched_ = 0;
  bool fails_ = false;
  ProviderKeys keys_{[this](const std::string& url, const std::vector<std::string>&) { return Fetch(url); }, clock_};
};

TEST_F(ProviderKeysTest, AreKeptForAWhile) {
  EXPECT_EQ(keys_.Get(kIssuer, "", {})->size(), 1u);
  EXPECT_EQ(keys_.Get(kIssuer, "", {})->size(), 1u);
  EXPECT_EQ(fetched_, 2);
  clock_.Advance(ProviderKeys::kKept);
  keys_.Get(kIssuer, "", {});
  EXPECT_EQ(fetched_, 4);
}

TEST_F(ProviderKeysTest, AnUnknownNameOfAKeyMakesNobodyAskTooOften) {
  for (int i = 0; i < 100; ++i) keys_.Get(kIssuer, "name" + std::to_string(i), {});
  EXPECT_EQ(fetched_, 2);
  clock_.Advance(ProviderKeys::kRetry);
  keys_.Get(kIssuer, "other", {});
  EXPECT_EQ(fetched_, 4);
}

TEST_F(ProviderKeysTest, AProviderThatIsDownIsNotAskedAtOnceAgain) {
  fails_ = true;
  EXPECT_EQ(Code(), "InvalidIdentityToken");
  EXPECT_EQ(Code(), "IDPCommunicationError");
  EXPECT_EQ(fetched_, 1);
  fails_ = false;
  clock_.Advance(ProviderKeys::kRetry);
  EXPECT_EQ(Code(), "");
}

// RFC 7515, appendix A.3: a token by another program than this one.
TEST(JsonWebToken, AsTheRfcHasIt) {
  const auto token = JsonWebToken::Read(
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_EQ(GetString(token.claims, "iss"), "joe");
  const auto keys = ReadKeySet(R"({"keys":[{"kty":"oct","k":"AAAA"},)" + std::string(kEcKey) + "]}");
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_TRUE(token.IsSignedBy(keys));
  auto changed = token;
  changed.signed_text[10] ^= 1;
  EXPECT_FALSE(changed.IsSignedBy(keys));
  changed = token;
  changed.algorithm = "ES384";
  EXPECT_FALSE(changed.IsSignedBy(keys));
}

TEST(ReadKeySet, LeavesOutKeysThatAreNoPointsOfTheirCurve) {
  std::string key(kEcKey);
  key[60] = key[60] == 'A' ? 'B' : 'A';
  EXPECT_TRUE(ReadKeySet(R"({"keys":[)" + key + "]}").empty());
}

}  // namespace
}  // namespace sagebrush::identity
