// The program sagebrush-select: one query of SelectObjectContent, in a sandbox that the server makes.
// usage: sagebrush-select [USER]
#include <cstdlib>

#include "select/worker.h"

int main(int argc, char** argv) {
  std::optional<std::uint32_t> user;
  if (argc > 1) user = static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10));
  sagebrush::select::RunWorker(user);
}
