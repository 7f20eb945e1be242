#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/json.h"
#include "server/client_environment.h"
#include "server/command.h"

namespace sagebrush::server {
namespace {

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

void AddEnvCommand(CLI::App& program, int&) {
  struct Options {
    Path data;
    bool json = false;
    bool no_proxy = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("env", "Print what clients need in their environment: eval \"$(sagebrush env)\"");
  AddDataOption(*command, options->data);
  command->add_flag("--json", options->json, "As one JSON object");
  command->add_flag(
      "--no-proxy", options->no_proxy,
      "Leave out HTTPS_PROXY and the bundle of authorities (REQUESTS_CA_BUNDLE, SSL_CERT_FILE, CURL_CA_BUNDLE, "
      "NODE_EXTRA_CA_CERTS), "
      "which send SDK calls to fixed *.amazonaws.com addresses to the server; other programs go on as before with "
      "them");
  command->callback([options] {
    JsonObject object;
    const ClientEnvironment environment = ReadClientEnvironment(options->data, !options->no_proxy, OwnEnvironment());
    if (!environment.note.empty()) std::fprintf(stderr, "sagebrush: %s\n", environment.note.c_str());
    for (const std::string& name : environment.unset) {
      if (!options->json) std::printf("unset %s\n", name.c_str());
    }
    for (const auto& [name, value] : environment.set) {
      object[name] = value;
      if (!options->json) std::printf("export %s=%s\n", name.c_str(), Quoted(value).c_str());
    }
    if (options->json) std::printf("%s\n", ToText(object).c_str());
  });
}

}  // namespace sagebrush::server
