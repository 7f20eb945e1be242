#include "web/website_site.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/id.h"
#include "gateway/failure.h"
#include "objects/errors.h"
#include "objects/website.h"
#include "wire/xml_protocol.h"

namespace sagebrush::web {

using objects::kMethodNotAllowed;
using objects::kNoSuchBucket;
using objects::kNoSuchWebsiteConfiguration;

namespace {

constexpr std::string_view kRedirectHeader = "x-amz-website-redirect-location";

std::string_view TitleOf(int status) {
  switch (status) {
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return status >= 500 ? "Internal Server Error" : "Bad Request";
  }
}

// The page that says what went wrong where the site has none of its own.
wire::HttpReply PlainPage(const Error& error) {
  const int status = error.kind().http_status;
  const std::string title = fmt::format("{} {}", status, TitleOf(status));
  std::string page =
      fmt::format("<html>\n<head><title>{0}</title></head>\n<body>\n<h1>{0}</h1>\n<ul>\n<li>Code: ", title);
  wire::AppendXmlText(error.kind().code, page);
  page += "</li>\n<li>Message: ";
  wire::AppendXmlText(error.what(), page);
  wire::HttpReply reply{.status = status};
  reply.headers.Set("content-type", "text/html; charset=utf-8");
  reply.body = page + "</li>\n</ul>\n</body>\n</html>\n";
  return reply;
}

wire::HttpReply RedirectTo(const objects::Redirection& redirection) {
  wire::HttpReply reply{.status = redirection.status};
  reply.headers.Set("location", redirection.location);
  return reply;
}

std::string BucketOf(const wire::HttpRequest& request) {
  const std::string_view host = request.headers.GetOr("host", "");
  return std::string(host.substr(0, std::min(host.find(".s3-website"), host.size())));
}

objects::WebRequest WebRequestOf(const wire::HttpRequest& request) {
  const std::string_view path = request.Path();
  return {.key = UriDecode(path.substr(std::min<std::size_t>(1, path.size()))),
          .host = request.headers.GetOr("host", ""),
          .scheme = request.tls ? "https" : "http"};
}

bool IsClients(const Error& error) { return error.kind().http_status >= 400 && error.kind().http_status < 500; }

}  // namespace

wire::HttpReply WebsiteSite::Handle(const wire::HttpRequest& request, wire::BodyReader&, std::stop_token stop) const {
  const std::string name = BucketOf(request);
  try {
    if (request.method != "GET" && request.method != "HEAD") {
      throw Error(kMethodNotAllowed, "The specified method is not allowed against this resource.");
    }
    const auto bucket = store_.FindBucket(name);
    if (!bucket) throw Error(kNoSuchBucket, "The specified bucket does not exist");
    const Json* const configuration = ConfigurationOf(*bucket, objects::kWebsite);
    if (configuration == nullptr) {
      throw Error(kNoSuchWebsiteConfiguration, "The specified bucket does not have a website configuration");
    }
    return Answer(request, name, *configuration, stop);
  } catch (...) {
    return PlainPage(gateway::ToldOf(std::current_exception(), NewUuid(), fmt::format("website {}", name)));
  }
}

wire::HttpReply WebsiteSite::Answer(const wire::HttpRequest& request, const std::string& bucket,
                                    const Json& configuration, const std::stop_token& stop) const {
  const objects::WebRequest asked = WebRequestOf(request);
  if (const auto redirection = RedirectBefore(configuration, asked)) return RedirectTo(*redirection);
  const std::string key = objects::DocumentKey(configuration, asked.key);
  try {
    return Document(request, bucket, key, stop);
  } catch (const Error& error) {
    if (!IsClients(error)) throw;
    if (const auto after = RedirectAfter(configuration, asked, error.kind().http_status)) return RedirectTo(*after);
    // A directory that was asked for without its slash.
    const std::string index = objects::DocumentKey(configuration, key + "/");
    if (key == asked.key && store_.Find(bucket, index)) {
      return RedirectTo({302, fmt::format("/{}/", UriEncode(key, /*keep_slash=*/true))});
    }
    return ErrorPage(request, bucket, configuration, error, stop);
  }
}

wire::HttpReply WebsiteSite::Document(const wire::HttpRequest& request, const std::string& bucket,
                                      const std::string& key, const std::stop_token& stop) const {
  wire::HttpRequest inner = request;
  inner.target = fmt::format("/{}/{}", bucket, UriEncode(key, /*keep_slash=*/true));
  inner.headers.Set("host", "localhost");
  inner.headers.Remove("authorization");
  wire::HttpReply reply = s3_.Call(inner, {.arn = "anonymous"}, nullptr, /*from_form=*/false, stop);
  if (const auto location = reply.headers.Get(kRedirectHeader)) {
    return RedirectTo({301, std::string(*location)});
  }
  return reply;
}

wire::HttpReply WebsiteSite::ErrorPage(const wire::HttpRequest& request, const std::string& bucket,
                                       const Json& configuration, const Error& error,
                                       const std::stop_token& stop) const {
  const std::string key = objects::ErrorDocumentKey(configuration);
  if (key.empty()) return PlainPage(error);
  try {
    wire::HttpRequest plain = request;  // Neither a range of it nor whether it has changed is asked for.
    for (const char* header : {"range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"}) {
      plain.headers.Remove(header);
    }
    wire::HttpReply reply = Document(plain, bucket, key, stop);
    if (reply.status == 200) reply.status = error.kind().http_status;
    return reply;
  } catch (const Error& second) {
    if (!IsClients(second)) throw;
    return PlainPage(error);
  }
}

}  // namespace sagebrush::web
