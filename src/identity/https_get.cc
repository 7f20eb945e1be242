#include "identity/https_get.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/file.h"
#include "identity/iam_error.h"
#include "wire/http_parser.h"

namespace sagebrush::identity {
namespace {

struct Address {
  std::string host;
  std::string port;
  std::string authority;
  std::string path;
};

[[noreturn]] void Fail(const std::string& url, std::string_view why) {
  throw Error(kProviderUnreachable, fmt::format("{} cannot be read: {}.", url, why));
}

Address ReadUrl(const std::string& url) {
  if (!url.starts_with("https://")) Fail(url, "it is not an https:// address");
  const std::size_t slash = std::min(url.find('/', 8), url.size());
  Address address;
  address.authority = url.substr(8, slash - 8);
  address.path = slash == url.size() ? "/" : url.substr(slash);
  const std::size_t colon = address.authority.rfind(':');
  const bool has_port = colon != std::string::npos && address.authority.find(']', colon) == std::string::npos;
  address.host = address.authority.substr(0, has_port ? colon : std::string::npos);
  address.port = has_port ? address.authority.substr(colon + 1) : "443";
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  const auto plain = [](char c) { return c > ' ' && c < 127; };  // Nothing that would end a line of the request.
  if (address.host.empty() || !std::all_of(url.begin(), url.end(), plain)) Fail(url, "it is not an address");
  return address;
}

class Exchange {
 public:
  Exchange(const std::string& url, const std::vector<std::string>& thumbprints, const HttpsLimits& limits)
      : url_(url),
        address_(ReadUrl(url)),
        thumbprints_(thumbprints),
        limits_(limits),
        deadline_(std::chrono::steady_clock::now() + limits.time) {}

  std::string Run() {
    Connect();
    Secure();
    Send(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nConnection: close\r\n\r\n",
                     address_.path, address_.authority));
    return Receive();
  }

 private:
  void Wait(short events) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd waiting{socket_.get(), events, 0};
    if (rest.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(rest.count())) <= 0) {
      Fail(url_, fmt::format("it did not answer within {} ms", limits_.time.count()));
    }
  }

  void Connect() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found) != 0)
      Fail(url_, "there is no such host");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
    for (const addrinfo* one = list.get(); one != nullptr; one = one->ai_next) {
      socket_ = FileDescriptor(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (socket_.get() < 0) continue;
      if (::connect(socket_.get(), one->ai_addr, one->ai_addrlen) == 0) return;
      if (errno != EINPROGRESS) continue;
      Wait(POLLOUT);
      int failure = 0;
      socklen_t size = sizeof failure;
      ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
      if (failure == 0) return;
    }
    Fail(url_, "nothing listens there");
  }

  // Accepts what the machine's trust store does not know when its chain has a pinned certificate: for that certificate
  // the operator vouches. Only an unknown issuer is forgiven; a wrong name or a lapsed certificate is not.
  static int Verify(int ok, X509_STORE_CTX* context) {
    if (ok == 1) return 1;
    const int error = X509_STORE_CTX_get_error(context);
    if (error != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY && error != X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN &&
        error != X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT && error != X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE &&
        error != X509_V_ERR_CERT_UNTRUSTED) {
      return 0;
    }
    const auto* const ssl =
        static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* const self = static_cast<const Exchange*>(SSL_get_ex_data(ssl, 0));
    X509* const root = X509_STORE_CTX_get_current_cert(context);
    return root != nullptr && self->IsPinned(root) ? 1 : 0;
  }

  bool IsPinned(X509* certificate) const {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    if (size <= 0) return false;
    const std::string thumbprint = ToHex(
        ComputeDigest(DigestAlgorithm::kSha1, {reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}));
    OPENSSL_free(der);
    return std::find(thumbprints_.begin(), thumbprints_.end(), thumbprint) != thumbprints_.end();
  }

  // Does `step` until it neither waits for the peer nor fails; returns what it returned.
  template <typename Step>
  int Patiently(const Step& step) {
    for (;;) {
      ERR_clear_error();
      const int result = step();
      if (result > 0) return result;
      const int why = SSL_get_error(ssl_.get(), result);
      if (why == SSL_ERROR_WANT_READ) {
        Wait(POLLIN);
      } else if (why == SSL_ERROR_WANT_WRITE) {
        Wait(POLLOUT);
      } else {
        return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
      }
    }
  }

  void Secure() {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(context_.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, Verify);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_ex_data(ssl_.get(), 0, this);
    SSL_set_fd(ssl_.get(), socket_.get());
    // An address is proved by a certificate for the address, a name by one for the name.
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, address_.host.c_str()) != 1) {
      SSL_set_tlsext_host_name(ssl_.get(), address_.host.c_str());
      SSL_set1_host(ssl_.get(), address_.host.c_str());
    }
    if (Patiently([this] { return SSL_connect(ssl_.get()); }) <= 0) {
      const long result = SSL_get_verify_result(ssl_.get());
      Fail(url_, result == X509_V_OK ? std::string("TLS failed")
                                     : fmt::format("its certificate is not trusted ({}), and none of the provider's "
                                                   "thumbprints is of the root of its chain",
                                                   X509_verify_cert_error_string(result)));
    }
  }

  void Send(std::string_view text) {
    while (!text.empty()) {
      const int sent = Patiently([&] { return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); });
      if (sent <= 0) Fail(url_, "the connection broke");
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  std::string Receive() {
    wire::HttpParser parser(wire::HttpParser::Kind::kResponse);
    std::string body, pending;
    char piece[16 * 1024];
    try {
      while (!parser.done()) {
        const int count = Patiently([&] { return SSL_read(ssl_.get(), piece, sizeof piece); });
        if (count < 0) Fail(url_, "the connection broke");
        if (count == 0) {
          parser.PutEnd();  // Throws unless the answer is whole.
          break;
        }
        pending.append(piece, static_cast<std::size_t>(count));
        while (const std::size_t taken = parser.done() ? 0 : parser.Put(pending, body)) pending.erase(0, taken);
        if (body.size() > limits_.bytes) Fail(url_, fmt::format("it is longer than {} bytes", limits_.bytes));
      }
    } catch (const Error& error) {
      if (error.kind().code == kProviderUnreachable.code) throw;
      Fail(url_, "its answer is not HTTP");
    }
    if (parser.status != 200) Fail(url_, fmt::format("it answers with status {}", parser.status));
    return body;
  }

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  const std::string& url_;
  const Address address_;
  const std::vector<std::string>& thumbprints_;
  const HttpsLimits limits_;
  const std::chrono::steady_clock::time_point deadline_;
  FileDescriptor socket_;
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace

std::string HttpsGet(const std::string& url, const std::vector<std::string>& thumbprints, const HttpsLimits& limits) {
  return Exchange(url, thumbprints, limits).Run();
}

}  // namespace sagebrush::identity
