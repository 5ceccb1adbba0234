#ifndef RT_NAMES_H
#define RT_NAMES_H

// A program is linked with the runtime's objects, and may use these names itself. So the linker,
// the link step and the symbols see the names on the right.

#define allgchunks rt_allgchunks_
#define allglen rt_allglen_
#define allp rt_allp_
#define gomaxprocs rt_gomaxprocs_
#define os_alloc rt_os_alloc_
#define os_behind_main rt_os_behind_main_
#define os_blocked rt_os_blocked_
#define os_box rt_os_box_
#define os_can_collect rt_os_can_collect_
#define os_caught rt_os_caught_
#define os_clock_start rt_os_clock_start_
#define os_ctx_free rt_os_ctx_free_
#define os_ctx_init rt_os_ctx_init_
#define os_ctx_protect_pc rt_os_ctx_protect_pc_
#define os_ctx_room rt_os_ctx_room_
#define os_drain rt_os_drain_
#define os_end_locals rt_os_end_locals_
#define os_exit rt_os_exit_
#define os_fatal rt_os_fatal_
#define os_flush rt_os_flush_
#define os_futexsleep rt_os_futexsleep_
#define os_futexwakeup rt_os_futexwakeup_
#define os_hidden rt_os_hidden_
#define os_hold rt_os_hold_
#define os_hosttime rt_os_hosttime_
#define os_keep rt_os_keep_
#define os_land rt_os_land_
#define os_lastwords rt_os_lastwords_
#define os_main rt_os_main_
#define os_maxmemory rt_os_maxmemory_
#define os_mcall rt_os_mcall_
#define os_memory rt_os_memory_
#define os_memory_start rt_os_memory_start_
#define os_minit rt_os_minit_
#define os_nanotime rt_os_nanotime_
#define os_ncpu rt_os_ncpu_
#define os_news rt_os_news_
#define os_newthread rt_os_newthread_
#define os_nomemory rt_os_nomemory_
#define os_pages rt_os_pages_
#define os_pause rt_os_pause_
#define os_raised rt_os_raised_
#define os_random rt_os_random_
#define os_rest rt_os_rest_
#define os_roots rt_os_roots_
#define os_roots_g rt_os_roots_g_
#define os_roots_m rt_os_roots_m_
#define os_run rt_os_run_
#define os_setargs rt_os_setargs_
#define os_sigabrt rt_os_sigabrt_
#define os_stack rt_os_stack_
#define os_stack_top rt_os_stack_top_
#define os_stranger_create rt_os_stranger_create_
#define os_stranger_local rt_os_stranger_local_
#define os_systemstack rt_os_systemstack_
#define os_thread rt_os_thread_
#define os_thread_exits rt_os_thread_exits_
#define os_thread_gone rt_os_thread_gone_
#define os_thread_hidden rt_os_thread_hidden_
#define os_thread_holder rt_os_thread_holder_
#define os_thread_inherit rt_os_thread_inherit_
#define os_thread_look rt_os_thread_look_
#define os_thread_looked rt_os_thread_looked_
#define os_thread_poke rt_os_thread_poke_
#define os_thread_room rt_os_thread_room_
#define os_thread_signals rt_os_thread_signals_
#define os_thread_until rt_os_thread_until_
#define os_thread_wait rt_os_thread_wait_
#define os_thread_want rt_os_thread_want_
#define os_thread_woke rt_os_thread_woke_
#define os_threads_are_workers rt_os_threads_are_workers_
#define os_tls_image rt_os_tls_image_
#define os_tls_place rt_os_tls_place_
#define os_tls_start rt_os_tls_start_
#define os_turn rt_os_turn_
#define os_turn_stack rt_os_turn_stack_
#define os_uncaught rt_os_uncaught_
#define os_wait32 rt_os_wait32_
#define os_write rt_os_write_
#define sched rt_sched_

#endif
