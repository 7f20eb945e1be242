#include "wire/sigv4_canonical.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"

namespace sagebrush::wire {
namespace {

bool NeedsNoEncoding(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~' || c == '/';
  });
}

// RFC 3986 section 5.2.4, and "//" as "/".
std::string RemoveDotSegments(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool directory = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string out;
  for (const auto segment : segments) out.append("/").append(segment);
  if (directory || out.empty()) out += '/';
  return out;
}

void AppendPath(std::string_view path, bool is_s3, std::string& out) {
  if (path.empty()) {
    out += '/';
  } else if (is_s3) {
    if (NeedsNoEncoding(path)) {
      out += path;
    } else {
      AppendUriEncoded(UriDecode(path), true, out);
    }
  } else {
    AppendUriEncoded(NormalPath(path), true, out);
  }
}

void AppendQuery(std::string_view query, bool presigned, std::string& out) {
  if (query.empty()) return;
  auto pairs = ParseQuery(query, true);
  if (presigned) std::erase_if(pairs, [](const auto& pair) { return pair.first == "X-Amz-Signature"; });
  for (auto& [name, value] : pairs) {
    name = UriEncode(name);
    value = UriEncode(value);
  }
  std::sort(pairs.begin(), pairs.end());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i > 0) out += '&';
    out.append(pairs[i].first).append("=").append(pairs[i].second);
  }
}

// Without blanks around it, and each run of blanks inside as one.
void AppendTrimmed(std::string_view value, std::string& out) {
  const bool trim = value.starts_with(' ') || value.ends_with(' ') || value.find("  ") != std::string_view::npos;
  if (!trim && value.find('\t') == std::string_view::npos) {
    out += value;
    return;
  }
  bool blank = false;
  bool any = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      blank = true;
      continue;
    }
    if (blank && any) out += ' ';
    blank = false;
    any = true;
    out += c;
  }
}

void AppendHeaders(const HttpRequest& request, const std::vector<std::string>& signed_headers, std::string& out) {
  for (const auto& name : signed_headers) {
    out.append(name).append(":");
    bool first = true;
    for (const auto& [field, value] : request.headers) {
      if (field != name) continue;
      if (!first) out += ',';
      first = false;
      AppendTrimmed(value, out);
    }
    out += '\n';
  }
  out += '\n';
  for (std::size_t i = 0; i < signed_headers.size(); ++i) {
    if (i > 0) out += ';';
    out += signed_headers[i];
  }
}

}  // namespace

std::optional<std::string> AnnouncedPayload(const HttpRequest& request) {
  if (const auto header = request.headers.Get("x-amz-content-sha256")) return std::string(*header);
  for (auto& [name, value] : ParseQuery(request.QueryString(), true)) {
    if (name == "X-Amz-Content-Sha256") return std::move(value);
  }
  return std::nullopt;
}

bool IsSha256Text(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string NormalPath(std::string_view path) {
  const bool is_normal = path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
  return is_normal ? std::string(path) : RemoveDotSegments(path);
}

std::string PayloadHash(const HttpRequest& request, const Signature& signature) {
  const bool is_s3 = signature.service == "s3";
  if (const auto header = request.headers.Get("x-amz-content-sha256"); header && (is_s3 || IsSha256Text(*header))) {
    return std::string(*header);
  }
  if (is_s3) {
    std::string announced = AnnouncedPayload(request).value_or("");
    return announced.empty() ? std::string(kUnsignedPayload) : announced;
  }
  return request.body.empty() ? std::string(kEmptySha256) : ToHex(AsText(Sha256(request.body)));
}

void AppendCanonicalRequest(const HttpRequest& request, const Signature& signature, std::string_view payload_hash,
                            std::string& out) {
  out.append(request.method).append("\n");
  AppendPath(request.Path(), signature.service == "s3", out);
  out += '\n';
  AppendQuery(request.QueryString(), signature.presigned, out);
  out += '\n';
  AppendHeaders(request, signature.signed_headers, out);
  out.append("\n").append(payload_hash);
}

std::string CredentialScope(const Signature& signature) {
  std::string out;
  out.reserve(64);
  out.append(signature.date).append("/").append(signature.region).append("/").append(signature.service);
  return out.append("/aws4_request");
}

std::string SigningTime(const HttpRequest& request, const Signature& signature) {
  if (!signature.presigned) {
    const auto header = request.headers.Get("x-amz-date");
    if (header && header->size() == 16) return std::string(*header);
  }
  return ToBasicIso8601(signature.signed_at);
}

std::string StringToSign(const HttpRequest& request, const Signature& signature, std::string_view canonical_request) {
  std::string out;
  out.reserve(192);
  out.append(kSigningAlgorithm).append("\n").append(SigningTime(request, signature)).append("\n");
  out.append(CredentialScope(signature)).append("\n");
  return out.append(ToHex(AsText(Sha256(canonical_request))));
}

}  // namespace sagebrush::wire
