/* Compile-time limits and switches of Twinline's pjsip. Part of the recipe key. */

/* No picture, no echo canceller of pjmedia's: each analogue line brings its own. */
#define PJMEDIA_HAS_VIDEO               0
#define PJMEDIA_HAS_WEBRTC_AEC          0
#define PJMEDIA_HAS_SPEEX_AEC           0

#define PJ_HAS_IPV6                     1

/* Two bridged calls are four legs; a ring group or a transfer adds more. Stock: 4 calls, 8 accounts. */
#define PJSUA_MAX_CALLS                 64
#define PJSUA_MAX_ACC                   64
#define PJSUA_MAX_CONF_PORTS            254

/* One for UDP, and one for each way of a trunk that differs from the others' (TLS name, CA, ...). Stock: 8. */
#define PJSUA_MAX_TRANSPORTS            40

/* Every TCP and TLS peer is a handle. Stock: 64. */
#define PJ_IOQUEUE_MAX_HANDLES          1024

/* An SDP longer than this reaches us as an empty string (pjsua2 config.hpp). Stock: 1024. */
#define PJSUA2_MAX_SDP_BUF_LEN          8192

/* Room for such an SDP with its headers. Stock: 4000. */
#define PJSIP_MAX_PKT_LEN               10000

/* A stall makes the jitter buffer deep; it gives the delay back one frame at a time. Stock: 2000, 10000 and 200 ms, which
   remembers 100 ms of stall for 6 s; so it is half of that, for some more concealed frames under steady jitter. */
#define PJMEDIA_JBUF_PRO_DISC_T1        400
#define PJMEDIA_JBUF_PRO_DISC_T2        4000
#define PJMEDIA_JBUF_DISC_MIN_GAP       100

/* What concealment of lost packets holds back. Stock: 5 ms, in every call for good. */
#define PJMEDIA_WSOLA_DELAY_MSEC        2

/* RFC 7714 suites; off in the stock build. Keys come by SDES (RFC 4568): DTLS would make an RSA key at each start. */
#define PJMEDIA_SRTP_HAS_AES_GCM_256    1
#define PJMEDIA_SRTP_HAS_AES_GCM_128    1
#define PJMEDIA_SRTP_HAS_DTLS           0
/* The names under which libsrtp2 exports them, whatever crypto it was built with; pjmedia asks for OpenSSL's. */
#define srtp_aes_gcm_256_openssl        srtp_aes_gcm_256
#define srtp_aes_gcm_128_openssl        srtp_aes_gcm_128
