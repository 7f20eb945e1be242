#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::runtime {

// What the first process of a sandbox is told, through a file that only it sees.
struct InitPlan {
  long user = -1;             // Taken before anything of the workload runs; -1: none.
  std::string relay_address;  // Where to listen for the server's API, "127.0.0.1:8080"; empty: nowhere.
  std::string working_directory;
  std::vector<std::string> command;
  std::vector<std::string> environment;  // "NAME=value"
};

std::string Serialize(const InitPlan& plan);
// nullopt: not what Serialize made.
std::optional<InitPlan> ParseInitPlan(std::string_view text);

// Descriptors that it finds open.
inline constexpr int kInitSocket = 3;  // A packet socket to the supervisor.
inline constexpr int kInitOutput = 4;  // Where the workload prints to.
inline constexpr int kInitPlan = 5;

// The first process inside a sandbox: takes the workload's user, listens for the API relay, starts the workload, reaps
// orphans, and ends with it, which ends all that the workload left behind.
//   It says: "L" with the relay's listening socket; "S" the workload runs; "F<text>" it cannot; "X<wait status>" it
//   ended; "C" with a connected socket, "R" refused (answers to "C<port>", in order). It is told: "T": send the
//   workload SIGTERM; "C<port>": connect to it.
// Returns the process's exit code.
int RunInit();

}  // namespace sagebrush::runtime
