#pragma once

#include <string>
#include <vector>

#include "objects/object_store.h"

// What completing a multipart upload decides; depends on its arguments only.
namespace sagebrush::objects {

inline constexpr std::uint64_t kPartSizeMin = 5 << 20;  // All but the last.
inline constexpr std::uint64_t kObjectSizeMax = 5ull << 40;
inline constexpr int kPartNumberMax = 10'000;

// The part that the input of an operation names. Throws Error(kInvalidArgument).
int PartNumberOf(const Json& input);

// The stored parts that `wanted` names, in order; `stored` is sorted by number. Of a number that is named twice in a
// row the last one counts. Throws Error: kMalformedXml (none), kInvalidPartOrder, kInvalidPart, kEntityTooSmall.
std::vector<std::size_t> SelectParts(const std::vector<CompletedPart>& wanted, const std::vector<Part>& stored,
                                     const std::string& upload_id);

// "<md5 of the raw md5s>-<count>".
std::string MultipartEtag(const std::vector<Part>& parts);

// The object's checksum from those of its parts: of all bytes, or composite. nullopt when a part lacks one.
std::optional<Checksum> JoinChecksums(const std::vector<Part>& parts, DigestAlgorithm algorithm, bool composite);

}  // namespace sagebrush::objects
