#include "algorithms/data/channel_pipes.h"

#include <fcntl.h>

#include <fmt/format.h>

namespace sagebrush::algorithms {

FileDescriptor ChannelPipes::OpenNext() { return OpenFile(base_.parent_path() / NameOf(next_++), O_RDONLY); }

std::string ChannelPipes::NameOf(std::uint64_t epoch) const {
  return fmt::format("{}_{}", base_.filename().string(), epoch);
}

}  // namespace sagebrush::algorithms
