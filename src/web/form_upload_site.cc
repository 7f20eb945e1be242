#include "web/form_upload_site.h"

#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "objects/errors.h"
#include "web/multipart_form.h"
#include "web/post_policy.h"
#include "web/s3_error.h"
#include "web/s3_location.h"
#include "wire/xml_protocol.h"

namespace sagebrush::web {

using objects::kEntityTooLarge;
using objects::kEntityTooSmall;
using objects::kInvalidArgument;
using objects::kMethodNotAllowed;
using objects::kNotImplemented;
using objects::kS3AccessDenied;

namespace {

constexpr ErrorKind kInvalidPolicy{"InvalidPolicyDocument", 400, Fault::kClient};

// Fields that become the header of the same name; besides them all that begin with x-amz-.
constexpr std::array<std::string_view, 6> kHeaders{"cache-control",    "content-type", "content-disposition",
                                                   "content-encoding", "expires",      "content-language"};
// And these, by how they begin: what PutObject reads of them, and nothing that would make it another operation.
constexpr std::array<std::string_view, 8> kPrefixes{"x-amz-meta-",
                                                    "x-amz-storage-class",
                                                    "x-amz-website-redirect-location",
                                                    "x-amz-server-side-encryption",
                                                    "x-amz-checksum-",
                                                    "x-amz-tagging",
                                                    "x-amz-object-lock-",
                                                    "x-amz-grant-"};
// Those of x-amz- that are of the form itself.
constexpr std::array<std::string_view, 5> kFormsOwn{"x-amz-signature", "x-amz-credential", "x-amz-algorithm",
                                                    "x-amz-date", "x-amz-security-token"};

// The file, as long as the policy lets it be.
class SizedFile : public wire::BodyReader {
 public:
  SizedFile(wire::BodyReader& file, FileSizes sizes) : file_(file), sizes_(sizes) {}

  std::size_t Read(char* buffer, std::size_t size) override {
    const std::size_t count = file_.Read(buffer, size);
    size_ += count;
    if (size_ > sizes_.max) {
      throw Error(kEntityTooLarge, "Your proposed upload exceeds the maximum allowed size",
                  JsonObject{{"MaxSizeAllowed", sizes_.max}});
    }
    if (count == 0 && size_ < sizes_.min) {
      throw Error(kEntityTooSmall, "Your proposed upload is smaller than the minimum allowed size",
                  JsonObject{{"ProposedSize", size_}, {"MinSizeAllowed", sizes_.min}});
    }
    return count;
  }
  std::optional<std::uint64_t> Length() const override { return std::nullopt; }

 private:
  wire::BodyReader& file_;
  const FileSizes sizes_;
  std::uint64_t size_ = 0;
};

std::string FieldOr(const FormFields& fields, const std::string& name, std::string_view otherwise = "") {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string(otherwise) : found->second;
}

std::string Required(const FormFields& fields, const std::string& name) {
  std::string value = FieldOr(fields, name);
  if (!value.empty()) return value;
  throw Error(kInvalidArgument, fmt::format("Bucket POST must contain a field named '{}'.", name),
              JsonObject{{"ArgumentName", name}});
}

void ReplaceFilename(const std::string& filename, FormFields& fields) {
  constexpr std::string_view kVariable = "${filename}";
  for (auto& [name, value] : fields) {
    if (name == "policy") continue;
    for (std::size_t at = value.find(kVariable); at != std::string::npos; at = value.find(kVariable, at)) {
      value.replace(at, kVariable.size(), filename);
      at += filename.size();
    }
  }
}

// The signature of the form's policy, in version 4 or 2.
wire::Signature SignatureOf(const FormFields& fields) {
  wire::Signature signature;
  signature.service = "s3";
  signature.session_token = FieldOr(fields, "x-amz-security-token");
  if (fields.contains("awsaccesskeyid")) {
    signature.version = 2;
    signature.region = "us-east-1";  // Version 2 has none.
    signature.access_key_id = fields.at("awsaccesskeyid");
    signature.signature = Required(fields, "signature");
    return signature;
  }
  if (Required(fields, "x-amz-algorithm") != "AWS4-HMAC-SHA256") {
    throw Error(kInvalidArgument, "x-amz-algorithm must be AWS4-HMAC-SHA256.");
  }
  Required(fields, "x-amz-date");
  const std::string credential = Required(fields, "x-amz-credential");
  std::array<std::string, 5> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < parts.size() && begin <= credential.size(); ++i) {
    const std::size_t end = std::min(credential.find('/', begin), credential.size());
    parts[i] = credential.substr(begin, end - begin);
    begin = end + 1;
  }
  if (begin <= credential.size() || parts[4] != "aws4_request" || parts[3] != "s3") {
    throw Error(kInvalidArgument, "x-amz-credential must be <key>/<date>/<region>/s3/aws4_request.");
  }
  signature.access_key_id = parts[0];
  signature.date = parts[1];
  signature.region = parts[2];
  signature.signature = Required(fields, "x-amz-signature");
  return signature;
}

bool IsHeader(const std::string& name) {
  const auto among = [&](const auto& list) { return std::find(list.begin(), list.end(), name) != list.end(); };
  if (among(kHeaders)) return true;
  if (!name.starts_with("x-amz-") || among(kFormsOwn)) return false;
  if (std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto prefix) { return name.starts_with(prefix); }))
    return true;
  throw Error(kInvalidArgument, fmt::format("The form field {} is not one of an upload.", Legible(name)),
              JsonObject{{"ArgumentName", Legible(name)}});
}

// The PutObject that the form stands for.
wire::HttpRequest PutRequest(const wire::HttpRequest& request, const std::string& bucket, const FormFields& fields) {
  wire::HttpRequest put;
  put.method = "PUT";
  put.target = fmt::format("/{}/{}", bucket, UriEncode(Required(fields, "key"), /*keep_slash=*/true));
  put.tls = request.tls;
  put.tls_version = request.tls_version;
  put.peer_address = request.peer_address;
  put.headers.Set("host", "localhost");
  for (const char* name : {"user-agent", "referer"}) {
    if (const auto value = request.headers.Get(name)) put.headers.Set(name, *value);
  }
  for (const auto& [name, value] : fields) {
    if (IsHeader(name)) put.headers.Set(name, value);
    if (name == "acl") put.headers.Set("x-amz-acl", value);
  }
  return put;
}

bool IsAddress(std::string_view text) {
  const bool http = text.starts_with("http://") || text.starts_with("https://");
  return http && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7f; });
}

// The reply as the form asks for it. What is no address, and no status that it may ask for, is as if it were not there.
wire::HttpReply Success(const wire::HttpRequest& request, const wire::HttpReply& put, const std::string& bucket,
                        const FormFields& fields) {
  const std::string key = fields.at("key"), etag(put.headers.GetOr("etag", ""));
  const std::string location = fmt::format("{}://{}/{}/{}", request.tls ? "https" : "http",
                                           request.headers.GetOr("host", "localhost"), bucket, UriEncode(key, true));
  wire::HttpReply reply{.status = 204};
  for (const auto& [name, value] : put.headers) reply.headers.Set(name, value);
  reply.headers.Remove("content-type");
  reply.headers.Set("location", location);
  const std::string redirect = FieldOr(fields, "success_action_redirect", FieldOr(fields, "redirect"));
  if (IsAddress(redirect)) {
    reply.status = 303;
    reply.headers.Set("location", fmt::format("{}{}bucket={}&key={}&etag={}", redirect,
                                              redirect.find('?') == std::string::npos ? '?' : '&', UriEncode(bucket),
                                              UriEncode(key), UriEncode(etag)));
    return reply;
  }
  const std::string status = FieldOr(fields, "success_action_status");
  if (status == "200") reply.status = 200;
  if (status != "201") return reply;
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>";
  wire::AppendXmlElement("Location", location, xml);
  wire::AppendXmlElement("Bucket", bucket, xml);
  wire::AppendXmlElement("Key", key, xml);
  wire::AppendXmlElement("ETag", etag, xml);
  reply.status = 201;
  reply.headers.Set("content-type", "application/xml");
  reply.body = xml + "</PostResponse>";
  return reply;
}

}  // namespace

bool FormUploadSite::IsForm(const wire::HttpRequest& request) {
  return request.method == "POST" && !request.headers.Get("authorization") &&
         Lower(request.headers.GetOr("content-type", "")).starts_with("multipart/form-data");
}

wire::HttpReply FormUploadSite::Handle(const wire::HttpRequest& request, wire::BodyReader& body,
                                       std::stop_token stop) const {
  try {
    return Upload(request, body, std::move(stop));
  } catch (...) {
    return S3Error(request, std::current_exception());
  }
}

wire::HttpReply FormUploadSite::Upload(const wire::HttpRequest& request, wire::BodyReader& body,
                                       std::stop_token stop) const {
  const S3Location location = S3Location::Of(request);
  if (location.bucket.empty() || !location.key.empty() || !request.QueryString().empty()) {
    throw Error(kMethodNotAllowed,
                "The specified method is not allowed against this resource: a form is sent to the "
                "address of a bucket.");
  }
  MultipartForm form(request.headers.GetOr("content-type", ""), body);
  FormFields fields = form.ReadFields();
  ReplaceFilename(form.filename(), fields);
  Required(fields, "key");
  if (fields.contains("tagging")) {
    throw Error(kNotImplemented, "The form field tagging is not implemented. Send the tags as x-amz-tagging: a=1&b=2.");
  }
  wire::Principal principal{.arn = "anonymous"};
  FileSizes sizes;
  if (const auto policy = fields.find("policy"); policy != fields.end()) {
    principal = identity_.AuthenticateText(request, SignatureOf(fields), policy->second, clock_.Now()).principal;
    std::string text;
    if (!FromBase64(policy->second, text)) {
      throw Error(kInvalidPolicy, "Invalid Policy: it is not base64.");
    }
    sizes = CheckPostPolicy(text, fields, location.bucket, clock_.Now());
  } else if (fields.contains("x-amz-signature") || fields.contains("signature")) {
    throw Error(kS3AccessDenied, "Bucket POST must contain a field named 'policy'.");
  }
  SizedFile file(form, sizes);
  const wire::HttpRequest put = PutRequest(request, location.bucket, fields);
  return Success(request, s3_.Call(put, std::move(principal), &file, /*from_form=*/true, std::move(stop)),
                 location.bucket, fields);
}

}  // namespace sagebrush::web
