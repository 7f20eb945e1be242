#include <gtest/gtest.h>

#include "sagemaker/notebooks/notebooks.h"

namespace sagebrush::sagemaker {
namespace {

TEST(LifecycleScript, IsBase64) {
  CheckScript("Content", "IyEvYmluL3NoCg==");
  CheckScript("Content", "IyEv\nYmlu\r\nL3NoCg==\n");
  CheckScript("Content", "\n");  // Nothing to run.
}

TEST(LifecycleScript, ThatIsNoBase64IsRefusedByName) {
  for (const char* content : {"#!/bin/sh", "IyEvYmluL3NoCg=", "IyEv YmluL3NoCg==", "\xff\xfe\xfd\xfc"}) {
    try {
      CheckScript("OnStart.Content", content);
      FAIL() << content;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kValidation.code);
      EXPECT_TRUE(std::string(error.what()).starts_with("OnStart.Content is not base64")) << error.what();
    }
  }
}

}  // namespace
}  // namespace sagebrush::sagemaker
