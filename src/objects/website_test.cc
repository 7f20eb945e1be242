#include "objects/website.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::objects {
namespace {

Json Site(std::string_view more) {
  return ParseJson(fmt::format(R"({{"IndexDocument":{{"Suffix":"index.html"}},"RoutingRules":[{}]}})", more));
}

std::string Location(const std::optional<Redirection>& redirection) {
  return redirection ? fmt::format("{} {}", redirection->status, redirection->location) : "";
}

WebRequest Ask(std::string key) { return {.key = std::move(key), .host = "b.web"}; }

TEST(Website, AnswersWithTheIndexOfDirectories) {
  EXPECT_EQ(DocumentKey(Site(""), ""), "index.html");
  EXPECT_EQ(DocumentKey(Site(""), "a/"), "a/index.html");
  EXPECT_EQ(DocumentKey(Site(""), "a/b"), "a/b");
}

TEST(Website, ReplacesKeysAndTheirBeginnings) {
  const Json site = Site(R"({"Condition":{"KeyPrefixEquals":"docs/"},"Redirect":{"ReplaceKeyPrefixWith":"documents/"}},
    {"Condition":{"KeyPrefixEquals":"old"},"Redirect":{"ReplaceKeyWith":"new page.html","HttpRedirectCode":"302"}},
    {"Condition":{"KeyPrefixEquals":"away/"},"Redirect":{"HostName":"example.com","Protocol":"https"}})");
  EXPECT_EQ(Location(RedirectBefore(site, Ask("docs/a b"))), "301 http://b.web/documents/a%20b");
  EXPECT_EQ(Location(RedirectBefore(site, Ask("old/x"))), "302 http://b.web/new%20page.html");
  EXPECT_EQ(Location(RedirectBefore(site, Ask("away/x"))), "301 https://example.com/away/x");
  EXPECT_EQ(Location(RedirectBefore(site, Ask("other"))), "");
}

TEST(Website, RedirectsByTheErrorThatCame) {
  const Json site = Site(R"({"Condition":{"HttpErrorCodeReturnedEquals":"404","KeyPrefixEquals":"images/"},
                             "Redirect":{"ReplaceKeyPrefixWith":"missing/"}})");
  EXPECT_EQ(Location(RedirectBefore(site, Ask("images/x"))), "");
  EXPECT_EQ(Location(RedirectAfter(site, Ask("images/x"), 404)), "301 http://b.web/missing/x");
  EXPECT_EQ(Location(RedirectAfter(site, Ask("images/x"), 403)), "");
  EXPECT_EQ(Location(RedirectAfter(site, Ask("other"), 404)), "");
}

TEST(Website, RedirectsEverything) {
  const Json site = ParseJson(R"({"RedirectAllRequestsTo":{"HostName":"example.com"}})");
  EXPECT_EQ(Location(RedirectBefore(site, Ask("a\r\nSet-Cookie: b"))),
            "301 http://example.com/a%0D%0ASet-Cookie%3A%20b");
}

TEST(Website, RefusesWhatS3Refuses) {
  for (
      const char* configuration :
      {R"({})", R"({"IndexDocument":{"Suffix":"a/b"}})", R"({"RedirectAllRequestsTo":{"HostName":"a/b"}})",
       R"({"RedirectAllRequestsTo":{"HostName":"a"},"IndexDocument":{"Suffix":"i"}})",
       R"({"IndexDocument":{"Suffix":"i"},"RoutingRules":[{"Redirect":{}}]})",
       R"({"IndexDocument":{"Suffix":"i"},"RoutingRules":[{"Redirect":{"Protocol":"ftp"}}]})",
       R"({"IndexDocument":{"Suffix":"i"},"RoutingRules":[{"Redirect":{"HostName":"a\r\nb"}}]})",
       R"({"IndexDocument":{"Suffix":"i"},"RoutingRules":[{"Redirect":{"HttpRedirectCode":"200"}}]})",
       R"({"IndexDocument":{"Suffix":"i"},"RoutingRules":[{"Redirect":{"ReplaceKeyWith":"a","ReplaceKeyPrefixWith":"b"}}]})"}) {
    EXPECT_THROW(CheckWebsite(ParseJson(configuration)), Error) << configuration;
  }
  EXPECT_NO_THROW(CheckWebsite(Site(R"({"Redirect":{"HostName":"a.b"}})")));
}

}  // namespace
}  // namespace sagebrush::objects
