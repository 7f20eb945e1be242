#include "objects/multipart.h"

#include "base/encoding.h"
#include "objects/checksums.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

std::string_view Unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') return etag.substr(1, etag.size() - 2);
  return etag;
}

bool Matches(const CompletedPart& wanted, const Part& stored) {
  if (Unquoted(wanted.etag) != stored.etag) return false;
  // Of an algorithm that the upload is not summed in: it was held against the bytes when they came.
  if (!wanted.checksum || !stored.checksum || wanted.checksum->algorithm != stored.checksum->algorithm) return true;
  return wanted.checksum->value == stored.checksum->value;
}

}  // namespace

int PartNumberOf(const Json& input) {
  const std::int64_t number = GetInt(input, "PartNumber");
  if (number >= 1 && number <= kPartNumberMax) return static_cast<int>(number);
  throw Error(kInvalidArgument, "Part number must be an integer between 1 and 10000, inclusive",
              JsonObject{{"ArgumentName", "partNumber"}, {"ArgumentValue", std::to_string(number)}});
}

std::vector<std::size_t> SelectParts(const std::vector<CompletedPart>& wanted, const std::vector<Part>& stored,
                                     const std::string& upload_id) {
  if (wanted.empty()) throw Error(kMalformedXml, "The list of parts is empty: name at least one part to complete.");
  std::vector<std::size_t> selected;
  int last = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const CompletedPart& part = wanted[i];
    if (i + 1 < wanted.size() && wanted[i + 1].number == part.number) continue;
    if (part.number <= last) {
      throw Error(kInvalidPartOrder,
                  "The list of parts was not in ascending order. Parts must be ordered by part number.",
                  JsonObject{{"UploadId", upload_id}});
    }
    last = part.number;
    const auto found = std::lower_bound(stored.begin(), stored.end(), part.number,
                                        [](const Part& p, int number) { return p.number < number; });
    if (found == stored.end() || found->number != part.number || !Matches(part, *found)) {
      throw Error(
          kInvalidPart,
          fmt::format("Part {} could not be used: it was not uploaded, or its entity tag or checksum is not the "
                      "one that was returned for it.",
                      part.number),
          JsonObject{{"UploadId", upload_id}, {"PartNumber", part.number}, {"ETag", part.etag}});
    }
    selected.push_back(static_cast<std::size_t>(found - stored.begin()));
  }
  for (std::size_t i = 0; i + 1 < selected.size(); ++i) {
    const Part& part = stored[selected[i]];
    if (part.size < kPartSizeMin) {
      throw Error(kEntityTooSmall, "Your proposed upload is smaller than the minimum allowed size",
                  JsonObject{{"ETag", part.etag},
                             {"MinSizeAllowed", kPartSizeMin},
                             {"ProposedSize", part.size},
                             {"PartNumber", part.number}});
    }
  }
  return selected;
}

std::string MultipartEtag(const std::vector<Part>& parts) {
  Digest md5(DigestAlgorithm::kMd5);
  for (const Part& part : parts) {
    std::string raw;
    FromHex(part.etag, raw);
    md5.Update(raw);
  }
  return ToHex(md5.Finish()) + "-" + std::to_string(parts.size());
}

std::optional<Checksum> JoinChecksums(const std::vector<Part>& parts, DigestAlgorithm algorithm, bool composite) {
  Digest digest(algorithm);
  std::string whole;
  for (const Part& part : parts) {
    if (!part.checksum || part.checksum->algorithm != algorithm) return std::nullopt;
    if (composite) {
      digest.Update(part.checksum->value);
    } else {
      whole = whole.empty() ? part.checksum->value : CombineCrc(algorithm, whole, part.checksum->value, part.size);
    }
  }
  if (composite) return Checksum{algorithm, digest.Finish(), static_cast<int>(parts.size())};
  return Checksum{algorithm, whole};
}

}  // namespace sagebrush::objects
