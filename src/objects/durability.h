#pragma once

namespace sagebrush::objects {

// What an acknowledged write survives.
enum class Durability {
  kPowerLoss,  // All that leaves the disk whole.
  kCrash,      // The end of the server, however it ends, but not of the machine: nothing waits for the disk.
};

}  // namespace sagebrush::objects
