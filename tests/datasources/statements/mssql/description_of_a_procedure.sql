EXEC sp_describe_first_result_set @tsql = :batch
