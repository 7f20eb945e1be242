#include "objects/opened_object.h"

#include "base/error.h"
#include "base/write_pacer.h"
#include "objects/object_reader.h"

namespace sagebrush::objects {

void OpenedObject::Read(ByteRange range, const std::function<void(std::string_view)>& each) const {
  ObjectReader reader(*this, range);
  std::string bytes;
  for (reader.Next(bytes); !bytes.empty(); reader.Next(bytes)) each(bytes);
}

void CopyToFile(const OpenedObject& opened, const FileDescriptor& target, const std::stop_token& stop) {
  WritePacer pacer;
  std::uint64_t written = 0;
  opened.Read({0, opened.object.size}, [&](std::string_view bytes) {
    if (stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
    WriteAll(target.get(), bytes);
    pacer.Reached(target.get(), written += bytes.size());
  });
}

}  // namespace sagebrush::objects
