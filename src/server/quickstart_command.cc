#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "server/client_environment.h"
#include "server/command.h"

namespace sagebrush::server {
namespace {

Path OwnExecutable() { return std::filesystem::read_symlink("/proc/self/exe"); }

// The example, and a Python that has the packages which it imports.
struct Tutorial {
  Path script;
  Path python;
};

// In a checkout: two folders above build/bin/sagebrush.
Tutorial OfCheckout(const Path& build) {
  const Path folder = build.parent_path();
  if (!std::filesystem::exists(folder / "examples/quickstart.py")) {
    throw Error(kValidation, "examples/quickstart.py is not at " + folder.string() +
                                 ". Run the quickstart from a checkout of the project, or install its package.");
  }
  return {folder / "examples/quickstart.py", folder / ".venv/bin/python"};
}

pid_t Run(const std::vector<std::string>& command, int stdout_fd) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) ThrowSystemError("Cannot start " + command[0]);
  if (child > 0) return child;
  if (stdout_fd >= 0) ::dup2(stdout_fd, STDOUT_FILENO);
  ::execv(arguments[0], arguments.data());
  std::perror(arguments[0]);
  ::_exit(127);
}

int Wait(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// In the package (deploy/debian): beside bin/, with boto3; Debian's packages have the rest.
Tutorial OfPackage(const Path& folder) {
  const Tutorial tutorial{folder / "examples/quickstart.py", "/usr/bin/python3"};
  const char* const kFind =
      "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ('numpy', 'sklearn', 'matplotlib'))))";
  if (::access(tutorial.python.c_str(), X_OK) != 0 || Wait(Run({tutorial.python, "-c", kFind}, -1)) != 0) {
    throw Error(kValidation,
                "The quickstart needs Python packages that are not installed: "
                "apt install python3-numpy python3-sklearn python3-matplotlib");
  }
  ::setenv("PYTHONPATH", (folder / "python").c_str(), 1);
  ::setenv("PYTHONDONTWRITEBYTECODE", "1", 1);  // The folder is the package's.
  return tutorial;
}

Tutorial FindTutorial() {
  const Path folder = OwnExecutable().parent_path().parent_path();
  return std::filesystem::exists(folder / "examples/quickstart.py") ? OfPackage(folder) : OfCheckout(folder);
}

// A server of the quickstart's own in a directory that goes with it.
class OwnServer {
 public:
  OwnServer() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) ThrowSystemError("Cannot make a pipe");
    const FileDescriptor read_end(ends[0]);
    FileDescriptor write_end(ends[1]);
    process_ = Run({OwnExecutable(), "serve", "--data", data(), "--listen", "127.0.0.1:0"}, write_end.get());
    write_end.Close();
    char byte = 0;
    std::string line;
    while (::read(read_end.get(), &byte, 1) == 1 && byte != '\n') line += byte;
    if (line.find("ready") == std::string::npos)
      throw Error(kValidation, "The server did not start; its messages are above.");
    std::printf("%s\n\n", line.c_str());
    std::fflush(stdout);
  }
  ~OwnServer() {
    ::kill(process_, SIGTERM);
    Wait(process_);
  }
  std::string data() const { return directory_.path() / "data"; }

 private:
  TemporaryDirectory directory_;
  pid_t process_ = -1;
};

int Quickstart(const std::string& picture) {
  const Tutorial tutorial = FindTutorial();
  const OwnServer server;
  for (const auto& [name, value] : ReadClientEnvironment(server.data(), false, {}).set) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  const int status = Wait(Run({tutorial.python, tutorial.script, "--picture", picture}, -1));
  if (status != 0) return status;
  std::printf("\nCost\n");
  std::fflush(stdout);
  return Wait(Run({OwnExecutable(), "cost", "--data", server.data()}, -1));
}

}  // namespace

void AddQuickstartCommand(CLI::App& program, int& exit_status) {
  auto picture = std::make_shared<std::string>("quickstart-roc.png");
  CLI::App* command = program.add_subcommand(
      "quickstart", "Train, deploy, query and evaluate a model on a server of its own, then clean up");
  command->add_option("--picture", *picture, "Where to write the ROC curve")->capture_default_str();
  command->callback([picture, &exit_status] { exit_status = Quickstart(*picture); });
}

}  // namespace sagebrush::server
