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

  private static String refusal(AwsServiceException error) {
    String code = error.awsErrorDetails() == null ? null : error.awsErrorDetails().errorCode();
    boolean bodiless = code == null || code.equals("NotFound") || code.equals("NotModified");
    return bodiless ? "" + error.statusCode() : code + " " + error.statusCode();
  }
}
