import java.net.URI;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.apache5.ProxyConfiguration;

/** Clients of AWS's own addresses, which the environment's proxy answers for; the SDK looks for a proxy in HTTP_PROXY only. */
final class PublicAddress {
  static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder, String address) {
    ProxyConfiguration proxy = ProxyConfiguration.builder().endpoint(URI.create(System.getenv("HTTPS_PROXY"))).build();
    return builder.endpointOverride(URI.create(address)).httpClientBuilder(Apache5HttpClient.builder().proxyConfiguration(proxy)).build();
  }
}
