#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "objects/byte_range.h"
#include "objects/opened_object.h"

// How what is stored of an object is held against what was written.
namespace sagebrush::objects {

// A stretch of an object's file that has a checksum of its own: one of its parts, or all of it, as it is stored.
struct Extent {
  std::size_t number = 0;
  ByteRange range;
  std::optional<Checksum> checksum;
  std::string etag;

  bool HasDigest() const;  // Else nothing tells what was written.
};
std::vector<Extent> ExtentsOf(const Object& object);

// The bytes of the object's file have the digest that they had when they were written.
// `go_on`, where given, is told of each piece that was read; once it returns false, reading ends and so the result is
// none. Throws Error when the bytes cannot be read.
bool IsIntact(int file, const Extent& extent, const std::function<bool(std::size_t bytes)>& go_on = {});
// How long the file of an object is, plain or encrypted.
std::uint64_t StoredSize(const Object& object);
// What is wrong with what is stored of an object, a sentence; empty: nothing. nullopt: `go_on`, as of IsIntact, ended
// it. No key is needed.
std::optional<std::string> DamageOf(const OpenedObject& opened, const std::function<bool(std::size_t bytes)>& go_on);

}  // namespace sagebrush::objects
