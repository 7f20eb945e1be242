#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "gateway/fake_responder.h"
#include "gateway/gateway.h"
#include "gateway/test_client.h"

namespace sagebrush::gateway {
namespace {

// TLS over a TestClient's socket, trusting one CA file and nothing else.
class TlsClient {
 public:
  TlsClient(int fd, const Path& ca, const std::string& name) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_load_verify_locations(context_, ca.c_str(), nullptr);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    ssl_ = SSL_new(context_);
    // As strict as Python 3.13's ssl module.
    X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl_), X509_V_FLAG_X509_STRICT);
    SSL_set_tlsext_host_name(ssl_, name.c_str());
    SSL_set1_host(ssl_, name.c_str());
    static constexpr unsigned char kOffer[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(ssl_, kOffer, sizeof kOffer - 1);
    SSL_set_fd(ssl_, fd);
    connected_ = SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  bool connected() const { return connected_; }
  std::string Protocol() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }
  std::string Ask(const std::string& request) {
    SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    std::string out;
    char piece[65536];
    while (true) {
      const int count = SSL_read(ssl_, piece, sizeof piece);
      if (count <= 0) return out;
      out.append(piece, static_cast<std::size_t>(count));
    }
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_;
  bool connected_ = false;
};

std::string Post(std::string_view path, const std::string& body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", path,
                     body.size(), body);
}

class TlsTest : public testing::Test {
 protected:
  TlsTest() { Restart(); }
  void Restart() {
    Options options;
    options.threads = 2;
    options.listen_tls = "127.0.0.1:0";
    options.tls_directory = directory_.path() / "tls";
    auto responder = std::make_unique<FakeResponder>();
    responder_ = responder.get();
    gateway_ = std::make_unique<Gateway>(options, std::move(responder), clock_);
    gateway_->Start();
  }

  const TemporaryDirectory directory_;
  SystemClock clock_;
  FakeResponder* responder_ = nullptr;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(TlsTest, AnswersUnderEveryNameThatClientsUse) {
  for (const std::string name :
       {"localhost", "127.0.0.1", "sts.us-east-1.amazonaws.com", "sts.amazonaws.com",
        "my.bucket.s3.eu-west-1.amazonaws.com", "runtime.sagemaker.ap-south-1.amazonaws.com"}) {
    TestClient client(gateway_->TlsAddress());
    TlsClient tls(client.fd(), gateway_->CaFile(), name);
    ASSERT_TRUE(tls.connected()) << name;
    EXPECT_EQ(tls.Protocol(), "http/1.1");
    EXPECT_THAT(tls.Ask(Post("/echo", "over TLS")), testing::EndsWith("\r\n\r\nover TLS"));
  }
}

TEST_F(TlsTest, HasNoCertificateForOtherNames) {
  TestClient client(gateway_->TlsAddress());
  EXPECT_FALSE(TlsClient(client.fd(), gateway_->CaFile(), "example.com").connected());
}

TEST_F(TlsTest, CarriesLargeBodiesAndFiles) {
  std::string content(3'000'000, 'f');
  WriteFileDurably(directory_.path() / "file", content);
  responder_->file = {std::make_shared<FileDescriptor>(OpenFile(directory_.path() / "file", O_RDONLY)), 10, 2'999'990};
  TestClient download(gateway_->TlsAddress());
  EXPECT_EQ(TlsClient(download.fd(), gateway_->CaFile(), "localhost").Ask(Post("/file", "")).size() / 100, 30'001);
  TestClient upload(gateway_->TlsAddress());
  EXPECT_THAT(TlsClient(upload.fd(), gateway_->CaFile(), "localhost").Ask(Post("/upload", content)),
              testing::EndsWith("\r\n\r\n3000000"));
}

TEST_F(TlsTest, KeepsItsCaOverARestartAndItsKeyToItself) {
  const std::string before = ReadFile(gateway_->CaFile());
  Restart();
  EXPECT_EQ(ReadFile(gateway_->CaFile()), before);
  struct stat status{};
  ASSERT_EQ(::stat((directory_.path() / "tls/ca-key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(TlsTest, SurvivesBytesThatAreNoTls) {
  for (const std::string bytes : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05hello", ""}) {
    TestClient client(gateway_->TlsAddress());
    client.Send(bytes);
    client.CloseWrite();
    client.ReceiveAll();
  }
  TestClient client(gateway_->TlsAddress());
  EXPECT_TRUE(TlsClient(client.fd(), gateway_->CaFile(), "localhost").connected());
}

TEST_F(TlsTest, AsAProxyAnswersForAwsItself) {
  TestClient client(gateway_->Address());
  client.Send("CONNECT sts.us-west-2.amazonaws.com:443 HTTP/1.1\r\nHost: sts.us-west-2.amazonaws.com:443\r\n\r\n");
  EXPECT_EQ(client.ReceiveLine(), "HTTP/1.1 200 Connection established\r\n");
  EXPECT_EQ(client.ReceiveLine(), "\r\n");
  TlsClient tls(client.fd(), gateway_->CaFile(), "sts.us-west-2.amazonaws.com");
  ASSERT_TRUE(tls.connected());
  EXPECT_THAT(tls.Ask(Post("/echo", "through the proxy")), testing::EndsWith("through the proxy"));
}

TEST_F(TlsTest, AsAProxyDoesNotReachTheServersOwnMachine) {
  for (const std::string& target :
       {gateway_->Address(), std::string("localhost:1"), std::string("169.254.169.254:80"),
        std::string("[::ffff:127.0.0.1]:1"), std::string("0.0.0.0:1"), std::string("10.0.0.1:1"),
        std::string("192.168.0.1:1"), std::string("127.1:1"), std::string("2130706433:1"), std::string("0x7f000001:1"),
        std::string("[::1]:1"), std::string("[64:ff9b::10.0.0.1]:1"), std::string("[fd00::1]:1")}) {
    TestClient client(gateway_->Address());
    client.Send("CONNECT " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.Receive().status, 403) << target;
  }
}

TEST_F(TlsTest, TheTlsPortIsNoProxy) {
  TestClient client(gateway_->TlsAddress());
  TlsClient tls(client.fd(), gateway_->CaFile(), "localhost");
  EXPECT_THAT(tls.Ask("CONNECT sts.us-west-2.amazonaws.com:443 HTTP/1.1\r\n\r\n"), testing::StartsWith("HTTP/1.1 400"));
}

}  // namespace
}  // namespace sagebrush::gateway
