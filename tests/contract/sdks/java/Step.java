import java.util.concurrent.Callable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** A step of the scenario: its name, and what gives its outcome. */
record Step(String name, Callable<Object> run) {
  static String outcome(Callable<?> run) {
    try {
      return String.valueOf(run.call());
    } catch (AwsServiceException error) {
      return refusal(error);
    } catch (Exception error) { // The steps after it are tried all the same.
      return error.toString();
    }
  }

  /** What the call is refused with, if that is an error of this class. */
  static String refusalOf(Class<? extends AwsServiceException> kind, Callable<?> call) throws Exception {
    try {
      call.call();
      return "not refused";
    } catch (AwsServiceException error) {
      if (kind.isInstance(error)) return refusal(error);
      throw error;
    }
  }

  /** The status that the call is refused with: of an answer without a body the code would be the SDK's own word. */
  static String statusOf(Callable<?> call) throws Exception {
    try {
      call.call();
      return "not refused";
    } catch (AwsServiceException error) {
      return "" + error.statusCode();
    }
  }

  private static String refusal(AwsServiceException error) {
    return error.awsErrorDetails().errorCode() + " " + error.statusCode();
  }
}
