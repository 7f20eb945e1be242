#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

namespace sagebrush::server {

// Where Linux distributions keep the certificates of the authorities that their programs trust.
std::vector<Path> SystemBundles();

// One PEM text with the certificates of the first of `system` that is there, of every readable file of `more`, and of
// `own`, each certificate once. A program that is pointed at it still trusts whom it trusted before. nullopt: there is
// no system's bundle, and a bundle of our authority alone would break every other connection of that program.
std::optional<std::string> AuthorityBundle(const Path& own, const std::vector<Path>& more,
                                           const std::vector<Path>& system = SystemBundles());

}  // namespace sagebrush::server
