Feature: What stands below a step

  Scenario: Too little, too much
    Given the fixture
    And the "Class" entities
    And the user is "ada"
      | name |
      | ada  |
    When the query is sent
    Then the response is
    And there is no error
      """
      {}
      """
