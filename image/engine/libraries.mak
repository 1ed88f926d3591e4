# Asks pjproject's own build.mak what it built and what that needs. Run in its source tree.
include build.mak
archives:
	@echo $(sort $(filter %.a,$(PJ_LIBXX_FILES) $(PJ_LIB_FILES)))
libraries:
	@echo $(filter-out -lpj% -lresample% -lsrtp-% -lgsmcodec% -lspeex-% -lilbccodec% -lg7221codec% -lwebrtc% -lyuv%,$(filter -l%,$(PJ_LDXXLIBS)))
defines:
	@echo $(filter -D% -I%,$(PJ_CXXFLAGS))
