#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "server/command.h"
#include "server/server.h"

namespace sagebrush::server {
namespace {

// Blocks SIGINT and SIGTERM in this and all later threads, so that Wait can take them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  void Wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
  }

 private:
  sigset_t signals_{};
};

void Serve(const ServerOptions& options) {
  const EndSignals signals;
  Server server(options);
  server.Start();
  std::printf("Sagebrush is ready at http://%s (TLS at %s). For clients: eval \"$(sagebrush env --data %s)\"\n",
              server.Address().c_str(), server.TlsAddress().c_str(), options.data.c_str());
  std::fflush(stdout);
  signals.Wait();
  server.Stop();
}

}  // namespace

void AddServeCommand(CLI::App& program, int&) {
  auto options = std::make_shared<ServerOptions>();
  CLI::App* command =
      program.add_subcommand("serve", "Run the server until SIGTERM or Ctrl-C; jobs and endpoints go on without it");
  AddDataOption(*command, options->data);
  command->add_option("--listen", options->listen, "Address and port; port 0 picks one")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  command
      ->add_option("--listen-tls", options->listen_tls,
                   "Address and port for TLS (default: the same address, any port)")
      ->type_name("ADDRESS:PORT");
  command->add_option("--region", options->region, "Region of buckets and roles made at first start")
      ->capture_default_str();
  command
      ->add_option_function<double>(
          "--instance-wait-max", [options](double seconds) { options->instance_wait_max = Seconds(seconds); },
          "How long an endpoint waits for free instances before its deployment fails, in seconds (default: 3600)")
      ->check(CLI::Range(0.0, 604800.0))
      ->type_name("SECONDS");
  command
      ->add_option("--proxy-for", options->proxy_for,
                   "Clients that may reach public addresses through the proxy besides programs on this machine: a "
                   "network such as 10.1.0.0/16, or jobs; may be repeated (default: none)")
      ->type_name("NETWORK|jobs");
  command->add_flag("--audit-data-events", options->audit.data_events,
                    "The audit trail also has what is done to single objects and models");
  command
      ->add_option_function<std::uint64_t>(
          "--audit-bytes-max", [options](std::uint64_t bytes) { options->audit.limits.bytes_max = bytes; },
          "Bytes that the audit trail's files may have before the oldest are deleted (default: 1073741824)")
      ->check(CLI::Range(std::uint64_t{1} << 20, std::uint64_t{1} << 50))
      ->type_name("BYTES");
  command
      ->add_option_function<int>(
          "--audit-days-max", [options](int days) { options->audit.limits.age_max = std::chrono::hours(24 * days); },
          "Days after which events leave the audit trail (default: 90)")
      ->check(CLI::Range(1, 36500))
      ->type_name("DAYS");
  command
      ->add_option_function<std::string>(
          "--durability",
          [options](const std::string& survives) {
            options->durability = survives == "crash" ? objects::Durability::kCrash : objects::Durability::kPowerLoss;
          },
          "What an acknowledged write of an object survives; crash waits for no disk, and may lose what was written "
          "before the machine itself went down (default: power-loss)")
      ->check(CLI::IsMember({"power-loss", "crash"}).description(""))
      ->type_name("power-loss|crash");
  command->add_flag(
      "--disk-is-encrypted", options->disk_is_encrypted,
      "The disk under the data directory is encrypted: store plain what would be encrypted with the server's "
      "own key (SSE-S3), so that jobs get their channels without a copy");
  command
      ->add_option_function<int>(
          "--lifecycle-day", [options](int seconds) { options->lifecycle_day = std::chrono::seconds(seconds); },
          "How long a day of S3 lifecycle rules is, in seconds: to try rules and clients out (default: 86400)")
      ->check(CLI::Range(1, 86400))
      ->type_name("SECONDS");
  auto* const variable =
      command->add_option("--master-key-variable", options->master_key.variable,
                          "Environment variable with the key that server.key is sealed with: 32 bytes in base64");
  command
      ->add_option("--master-key-command", options->master_key.command,
                   "Command that prints this key, such as one that asks a vault")
      ->excludes(variable);
  command->callback([options] { Serve(*options); });
}

}  // namespace sagebrush::server
