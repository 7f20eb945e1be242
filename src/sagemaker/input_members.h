#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// What becomes of the members of a verb's input, as the noun's tables say.

// Why a key for volumes is refused where the disk is not said to be encrypted.
inline constexpr std::string_view kVolumeKeyReason =
    "volumes lie on this server's disk, which encrypts nothing that it knows of. Encrypt the disk (fscrypt or "
    "dm-crypt) "
    "and start the server with --disk-is-encrypted.";

// Throws Error(kValidation), naming the member and why, for one that asks for what this server has not: one that is
// refused, or that no table knows. An empty text, list, false or 0 asks for nothing.
void CheckCreateInput(const Noun& noun, bool disk_is_encrypted, const Json& input);
void CheckUpdateInput(const Noun& noun, const Json& input);

// What of Create's input is kept.
Json SpecOf(const Noun& noun, const Json& input);

// Does to `spec` what the input asks for; nothing when it does not have the member.
void ApplyUpdate(const MemberUpdate& update, const Json& input, JsonObject& spec);

// The top-level members that the noun's tables for Create know.
bool KnowsInCreate(const Noun& noun, std::string_view member);
bool KnowsInUpdate(const Noun& noun, std::string_view member);

}  // namespace sagebrush::sagemaker
