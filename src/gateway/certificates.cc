#include "gateway/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"

namespace sagebrush::gateway {
namespace {

constexpr std::size_t kNamesMax = 256;  // Certificates kept; names beyond get the default one.
constexpr long kCaDays = 3650;
constexpr long kLeafDays = 397;  // Clients refuse more.

void Require(bool holds, std::string_view what) {
  if (holds) return;
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw Error(kInternalFailure, fmt::format("TLS: cannot {}: {}.", what, reason.data()));
}

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;

std::string ToText(const Bio& bio) {
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

void SetName(X509* certificate, X509_NAME* name, std::string_view common_name) {
  const auto add = [&](const char* field, std::string_view value) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  };
  add("O", "Sagebrush");
  add("CN", common_name.substr(0, 64));
  Require(X509_set_subject_name(certificate, name) == 1, "name a certificate");
}

void SetCommon(X509* certificate, EVP_PKEY* key, std::string_view common_name, Time now, long days) {
  X509_set_version(certificate, X509_VERSION_3);
  const std::string serial = RandomBytes(15);
  BIGNUM* number =
      BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), static_cast<int>(serial.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  const std::time_t seconds = now.milliseconds / 1000;
  ASN1_TIME_set(X509_getm_notBefore(certificate), seconds - 86'400);  // Clocks differ.
  ASN1_TIME_set(X509_getm_notAfter(certificate), seconds + days * 86'400);
  Require(X509_set_pubkey(certificate, key) == 1, "set a certificate's key");
  X509_NAME* name = X509_NAME_new();
  SetName(certificate, name, common_name);
  X509_NAME_free(name);
}

void AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  Require(extension != nullptr, "make a certificate's extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

bool IsAddress(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

// Only letters, digits, dots and dashes go into a certificate: a comma would start another name.
bool IsHostName(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == '*';
  });
}

std::string AlternativeNames(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!IsAddress(name) && !IsHostName(name)) continue;
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", IsAddress(name) ? "IP" : "DNS", name);
  }
  return out;
}

int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                   unsigned int offered_length, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_length, kOurs, sizeof kOurs - 1, offered, offered_length);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

void Certificates::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void Certificates::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Certificates::Free::operator()(x509_st* certificate) const { X509_free(certificate); }

Certificates::Certificates(const Path& directory, const std::vector<std::string>& hosts, std::string_view region,
                           Time now)
    : now_(now), ca_file_(directory / "ca.pem") {
  std::filesystem::create_directories(directory);
  if (std::filesystem::exists(ca_file_) && std::filesystem::exists(directory / "ca-key.pem")) {
    Load(directory);
  } else {
    Create(directory);
  }
  key_.reset(EVP_EC_gen("P-256"));
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1", "*.amazonaws.com"};
  names.insert(names.end(), hosts.begin(), hosts.end());
  for (const std::string_view service : {"sts", "sagemaker", "s3", "iam", "logs", "monitoring", "events",
                                         "runtime.sagemaker", "api.sagemaker", "*.s3", "api.ecr"}) {
    names.push_back(fmt::format("{}.{}.amazonaws.com", service, region));
  }
  names.emplace_back("*.s3.amazonaws.com");
  default_ = MakeContext(names);
  SSL_CTX_set_tlsext_servername_callback(default_.get(), &Certificates::OnServerName);
  SSL_CTX_set_tlsext_servername_arg(default_.get(), this);
}

Certificates::~Certificates() = default;

ssl_ctx_st* Certificates::NewReference() const {
  SSL_CTX_up_ref(default_.get());
  return default_.get();
}

void Certificates::Load(const Path& directory) {
  const std::string certificate = ReadFile(ca_file_);
  const std::string key = ReadFile(directory / "ca-key.pem");
  const Bio certificate_bio(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  const Bio key_bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  ca_.reset(PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
  ca_key_.reset(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  if (!ca_ || !ca_key_ || X509_check_private_key(ca_.get(), ca_key_.get()) != 1) {
    throw Error(kInternalFailure,
                fmt::format("{} and ca-key.pem beside it are no certificate and key that belong together. "
                            "Remove both, and a new CA is made at the next start.",
                            ca_file_.string()));
  }
}

void Certificates::Create(const Path& directory) {
  ca_key_.reset(EVP_EC_gen("P-256"));
  Require(ca_key_ != nullptr, "make a key");
  ca_.reset(X509_new());
  SetCommon(ca_.get(), ca_key_.get(), "Sagebrush local CA " + NewUuid().substr(0, 8), now_, kCaDays);
  X509_set_issuer_name(ca_.get(), X509_get_subject_name(ca_.get()));
  AddExtension(ca_.get(), ca_.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(ca_.get(), ca_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(ca_.get(), ca_.get(), NID_subject_key_identifier, "hash");
  Require(X509_sign(ca_.get(), ca_key_.get(), EVP_sha256()) > 0, "sign the CA's certificate");

  const Bio key(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(key.get(), ca_key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  WriteFileDurably(directory / "ca-key.pem", ToText(key), 0600);
  const Bio certificate(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), ca_.get());
  WriteFileDurably(ca_file_, ToText(certificate));
}

std::unique_ptr<x509_st, Certificates::Free> Certificates::Issue(const std::vector<std::string>& names) const {
  std::unique_ptr<x509_st, Free> leaf(X509_new());
  SetCommon(leaf.get(), key_.get(), names.front(), now_, kLeafDays);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca_.get()));
  AddExtension(leaf.get(), ca_.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(leaf.get(), ca_.get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(leaf.get(), ca_.get(), NID_ext_key_usage, "serverAuth");
  AddExtension(leaf.get(), ca_.get(), NID_subject_key_identifier, "hash");
  AddExtension(leaf.get(), ca_.get(), NID_authority_key_identifier, "keyid");
  AddExtension(leaf.get(), ca_.get(), NID_subject_alt_name, AlternativeNames(names));
  Require(X509_sign(leaf.get(), ca_key_.get(), EVP_sha256()) > 0, "sign a certificate");
  return leaf;
}

Certificates::Context Certificates::MakeContext(const std::vector<std::string>& names) const {
  Context context(SSL_CTX_new(TLS_server_method()));
  Require(context != nullptr, "make a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  const auto leaf = Issue(names);
  Require(SSL_CTX_use_certificate(context.get(), leaf.get()) == 1, "use a certificate");
  Require(SSL_CTX_add1_chain_cert(context.get(), ca_.get()) == 1, "use the CA's certificate");
  Require(SSL_CTX_use_PrivateKey(context.get(), key_.get()) == 1, "use a key");
  static constexpr unsigned char kSessionContext[] = "sagebrush";
  SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_alpn_select_cb(context.get(), &ChooseProtocol, nullptr);
  return context;
}

ssl_ctx_st* Certificates::ContextFor(std::string_view name) {
  if (!name.ends_with(".amazonaws.com") || !IsHostName(name)) return nullptr;
  const std::lock_guard lock(mutex_);
  if (const auto known = by_name_.find(name); known != by_name_.end()) return known->second.get();
  if (by_name_.size() >= kNamesMax) return nullptr;
  return by_name_.emplace(std::string(name), MakeContext({std::string(name)})).first->second.get();
}

int Certificates::OnServerName(ssl_st* connection, int*, void* self) {
  const char* name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_OK;
  try {
    ssl_ctx_st* context = static_cast<Certificates*>(self)->ContextFor(Lower(name));
    if (context != nullptr) SSL_set_SSL_CTX(connection, context);
  } catch (const Error&) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // An exception must not pass through OpenSSL.
  }
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace sagebrush::gateway
